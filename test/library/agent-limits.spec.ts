import { describe, expect, it } from '@jest/globals';
import type { AgentOptions } from '../../src/library/agent/agent-options.js';
import type { AgentTool, AgentToolResult } from '../../src/library/agent/agent-tool.js';
import { Agent } from '../../src/library/agent/agent.js';
import { HANG, ScriptedStreamFn, type StreamReply } from '../support/scripted-stream-fn.js';

const READ: AgentTool = {
  name: 'read',
  description: 'Reads',
  parameters: { type: 'object', properties: { n: { type: 'number' } } },
  execute: (_id, { n }) => `line ${String(n)}`,
};

function scripted(
  replies: readonly StreamReply[],
  options: AgentOptions = {},
): { agent: Agent; script: ScriptedStreamFn } {
  const script = new ScriptedStreamFn(replies);
  return { agent: new Agent({ streamFn: script.fn, model: { id: 'm' }, tools: [READ], ...options }), script };
}

const reading = (n: number): StreamReply => ({ calls: [['read', { n }]] });

describe('the limits of a run', () => {
  it('on rounds of tools fail it, with results for the calls that were not run', async () => {
    const { agent } = scripted([reading(1), reading(2)], { maxToolRounds: 1 });
    expect(await agent.prompt('go')).toMatchObject({
      stop_reason: 'error',
      error_message: expect.stringContaining('1 time'),
    });
    expect(agent.state.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool_result',
      'assistant',
      'tool_result',
      'assistant',
    ]);
    expect(agent.state.error).toContain('1 time');
  });

  it('on the time of a call end that call only, and what comes too late is dropped', async () => {
    const late = Promise.withResolvers<AgentToolResult>();
    const slow: AgentTool = {
      ...READ,
      name: 'slow',
      execute: (_id, _args, signal) => {
        signal.addEventListener('abort', () => late.resolve({ content: [{ type: 'text', text: 'too late' }] }));
        return late.promise;
      },
    };
    const { agent, script } = scripted(
      [
        {
          calls: [
            ['slow', {}],
            ['read', { n: 1 }],
          ],
        },
        'ok',
      ],
      {
        tools: [slow, READ],
        toolTimeoutMs: 20,
      },
    );
    expect(await agent.promptText('go')).toBe('ok');
    const told = script.contexts[1]?.messages.flatMap((message) => (message.role === 'tool_result' ? [message] : []));
    expect(told).toMatchObject([
      { is_error: true, content: [{ text: expect.stringContaining('timed out') }] },
      { is_error: false, content: [{ text: 'line 1' }] },
    ]);
  });

  it('on calls side by side are kept', async () => {
    let now = 0;
    let most = 0;
    const counting: AgentTool = {
      ...READ,
      execute: async () => {
        most = Math.max(most, ++now);
        await new Promise(setImmediate);
        now--;
        return 'x';
      },
    };
    const calls = Array.from({ length: 7 }, (_, n) => ['read', { n }] as const);
    await scripted([{ calls }, 'ok'], { tools: [counting], maxParallelTools: 3 }).agent.prompt('go');
    expect(most).toBe(3);
  });

  it('end it after two answers in a row whose arguments do not fit', async () => {
    const wrong: StreamReply = { calls: [['read', { n: 'x' }]] };
    const { agent, script } = scripted([wrong, wrong]);
    expect(await agent.prompt('go')).toMatchObject({ stop_reason: 'error' });
    expect(script.contexts).toHaveLength(2);
  });

  it('refuse the third identical call in a row', async () => {
    const { agent } = scripted([reading(1), reading(1), reading(1), 'ok']);
    await agent.prompt('go');
    const results = agent.state.messages.flatMap((message) =>
      message.role === 'tool_result' ? [message.is_error] : [],
    );
    expect(results).toEqual([false, false, true]);
  });
});

describe('a reset', () => {
  it('stops what runs, which tells its end and leaves no trace', async () => {
    const { agent } = scripted([HANG, 'fresh']);
    const running = agent.prompt('go');
    agent.followUp('later');
    agent.reset();
    expect(await running).toMatchObject({ stop_reason: 'aborted' });
    expect(agent.state.messages).toEqual([]);
    expect(agent.hasQueuedMessages).toBe(false);
  });

  it('lets the next run begin at once', async () => {
    const { agent, script } = scripted([HANG, 'fresh']);
    const seen = Promise.withResolvers<void>();
    agent.subscribe(({ type }) => {
      if (type === 'message_start' && script.contexts.length === 1) seen.resolve();
    });
    const running = agent.prompt('go');
    await seen.promise;
    agent.reset();
    expect(await agent.promptText('again')).toBe('fresh');
    expect(await running).toMatchObject({ stop_reason: 'aborted' });
    expect(agent.state.messages).toHaveLength(2);
  });
});
