import { describe, expect, it, jest } from '@jest/globals';
import type { AgentEvent } from '../../src/library/agent/agent-event.js';
import type { AgentOptions } from '../../src/library/agent/agent-options.js';
import { defineTool, type AgentTool, type AgentToolResult } from '../../src/library/agent/agent-tool.js';
import { Agent } from '../../src/library/agent/agent.js';
import type { StreamFn } from '../../src/library/agent/stream-event.js';
import { HANG, ScriptedStreamFn, type StreamReply } from '../support/scripted-stream-fn.js';

const MODEL = { id: 'scripted', provider: 'scripted' };

interface Watched {
  readonly agent: Agent;
  readonly script: ScriptedStreamFn;
  readonly events: AgentEvent[];
  /** The events in short, each message with whose it is. */
  readonly told: () => string[];
}

function watched(replies: readonly StreamReply[], options: AgentOptions = {}): Watched {
  const script = new ScriptedStreamFn(replies);
  const agent = new Agent({ streamFn: script.fn, model: MODEL, ...options });
  const events: AgentEvent[] = [];
  agent.subscribe((event) => void events.push(event));
  return { agent, script, events, told: () => inShort(events) };
}

function inShort(events: readonly AgentEvent[]): string[] {
  const lines = events.map((event) => {
    if (event.type === 'message_update') return 'message_update';
    if ('tool_call_id' in event) return `${event.type} ${event.tool_call_id}`;
    if (event.type === 'message_start' || event.type === 'message_end') return `${event.type} ${event.message.role}`;
    return event.type;
  });
  return lines.filter((line, at) => line !== 'message_update' || lines[at - 1] !== line);
}

function tool(name: string, execute: NonNullable<AgentTool['execute']>): AgentTool {
  return { name, description: name, parameters: { type: 'object' }, execute };
}

const SUM = defineTool({
  name: 'sum',
  description: 'Add two numbers',
  parameters: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a', 'b'],
  },
  execute: (_toolCallId, { a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }),
});

/** The texts of the results that the model was told last. */
function results({ script }: Watched): string[] {
  const messages = script.contexts.at(-1)?.messages ?? [];
  return messages.flatMap((message) =>
    message.role === 'tool_result'
      ? [message.content.map((block) => ('text' in block ? block.text : '[image]')).join('')]
      : [],
  );
}

describe('a run', () => {
  it('tells a plain answer in this order', async () => {
    const { agent, told, events } = watched(['Paris.']);
    const answer = await agent.prompt('Capital of France?');
    expect(told()).toEqual([
      'agent_start',
      'turn_start',
      'message_start user',
      'message_end user',
      'message_start assistant',
      'message_update',
      'message_end assistant',
      'turn_end',
      'agent_end',
    ]);
    expect(answer).toMatchObject({
      role: 'assistant',
      content: [{ type: 'text', text: 'Paris.' }],
      stop_reason: 'stop',
    });
    const pieces = events.filter((event) => event.type === 'message_update');
    expect(pieces.map((event) => event.assistant_message_event.type)).toEqual([
      'text_start',
      'text_delta',
      'text_delta',
      'text_end',
    ]);
    expect(pieces.at(-1)?.message.content).toEqual([{ type: 'text', text: 'Paris.' }]);
    expect(events.at(-1)).toEqual({ type: 'agent_end', messages: agent.state.messages });
    expect(Math.abs((agent.state.messages[0]?.timestamp ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('tells tool calls side by side: all starts, then each end with its result as the model asked', async () => {
    const fast = Promise.withResolvers<void>();
    const { agent, told } = watched(
      [
        {
          text: 'Hm',
          calls: [
            ['slow', {}],
            ['fast', {}],
          ],
        },
        'Done',
      ],
      {
        tools: [
          tool('slow', async (_id, _args, _signal, onUpdate) => {
            onUpdate({ content: [{ type: 'text', text: 'half' }] });
            await fast.promise;
            return 'slow one';
          }),
          tool('fast', () => {
            fast.resolve();
            return 'fast one';
          }),
        ],
      },
    );
    await agent.prompt('go');
    expect(told().slice(4)).toEqual([
      'message_start assistant',
      'message_update',
      'message_end assistant',
      'tool_execution_start c1',
      'tool_execution_start c2',
      'tool_execution_update c1',
      'tool_execution_end c1',
      'message_start tool_result',
      'message_end tool_result',
      'tool_execution_end c2',
      'message_start tool_result',
      'message_end tool_result',
      'turn_end',
      'turn_start',
      'message_start assistant',
      'message_update',
      'message_end assistant',
      'turn_end',
      'agent_end',
    ]);
  });

  it('runs the tool of the document, and gives details and images to listeners and the model its content', async () => {
    const image = { type: 'image', url: 'data:image/png;base64,AA==' } as const;
    const run = watched(
      [
        {
          calls: [
            ['sum', { a: 2, b: 3 }],
            ['look', {}],
          ],
        },
        '5',
      ],
      {
        tools: [SUM, tool('look', () => ({ content: [image], details: { size: 1 } }))],
      },
    );
    expect(await run.agent.promptText('2 + 3?')).toBe('5');
    expect(results(run)).toEqual(['5', '[image]']);
    const ends = run.events.filter((event) => event.type === 'tool_execution_end');
    expect(ends).toMatchObject([
      { tool_name: 'sum', result: { content: [{ text: '5' }] }, is_error: false },
      { tool_name: 'look', result: { content: [image], details: { size: 1 } } },
    ]);
    expect(run.script.contexts[0]?.tools?.map(({ name }) => name)).toEqual(['sum', 'look']);
  });

  it.each<[string, StreamReply, string]>([
    ['an unknown tool', { calls: [['nope', {}]] }, 'Tool nope not found'],
    ['a tool without execute', { calls: [['bare', {}]] }, 'Tool bare has no execute function'],
    ['a tool that throws', { calls: [['bad', {}]] }, 'boom'],
    ['arguments that do not fit', { calls: [['sum', { a: 'x' }]] }, 'Invalid arguments for sum'],
  ])('tells the model of %s', async (_name, reply, said) => {
    const run = watched([reply, 'ok'], {
      tools: [
        SUM,
        { name: 'bare', description: '', parameters: { type: 'object' } },
        tool('bad', () => {
          throw new Error('boom');
        }),
      ],
    });
    await run.agent.prompt('go');
    expect(results(run)).toEqual([expect.stringContaining(said)]);
    expect(run.events.find((event) => event.type === 'tool_execution_end')).toMatchObject({ is_error: true });
  });

  it('runs tools one after the other when told so', async () => {
    const { agent, told } = watched(
      [
        {
          calls: [
            ['sum', { a: 1, b: 1 }],
            ['sum', { a: 2, b: 2 }],
          ],
        },
        'x',
      ],
      {
        tools: [SUM],
        toolExecution: 'sequential',
      },
    );
    await agent.prompt('go');
    expect(told().filter((line) => line.startsWith('tool_'))).toEqual([
      'tool_execution_start c1',
      'tool_execution_end c1',
      'tool_execution_start c2',
      'tool_execution_end c2',
    ]);
  });

  it('ends after a round in which a tool says so', async () => {
    const { agent, told, script } = watched([{ calls: [['stop', {}]] }], {
      tools: [tool('stop', () => ({ content: [{ type: 'text', text: 'bye' }], terminate: true }))],
    });
    await agent.prompt('go');
    expect(told().slice(-2)).toEqual(['turn_end', 'agent_end']);
    expect(script.contexts).toHaveLength(1);
  });
});

describe('hooks', () => {
  it('block calls, change results, and stop after a turn', async () => {
    const seen: unknown[] = [];
    const run = watched(
      [
        {
          calls: [
            ['sum', { a: 1, b: 1 }],
            ['sum', { a: 2, b: 2 }],
            ['sum', { a: 3, b: 3 }],
          ],
        },
      ],
      {
        tools: [SUM],
        beforeToolCall: ({ args, toolCall, message }) => {
          seen.push([toolCall.id, message.stop_reason]);
          if (args['a'] === 1) return { block: true, reason: 'not that one' };
          return args['a'] === 2 ? { block: true } : undefined;
        },
        afterToolCall: ({ result, isError }) => ({ details: { before: result.content, isError } }),
        shouldStopAfterTurn: ({ toolResults, newMessages, context }) => {
          seen.push([toolResults.length, newMessages.length, context.messages.length]);
          return true;
        },
      },
    );
    await run.agent.prompt('go');
    const texts = run.events.flatMap((event) => (event.type === 'tool_execution_end' ? [event.result] : []));
    expect(texts).toEqual([
      { content: [{ type: 'text', text: 'not that one' }], is_error: true },
      { content: [{ type: 'text', text: 'Tool execution was blocked' }], is_error: true },
      {
        content: [{ type: 'text', text: '6' }],
        details: { before: [{ type: 'text', text: '6' }], isError: false },
      },
    ]);
    expect(seen).toEqual([
      ['c1', 'tool_calls'],
      ['c2', 'tool_calls'],
      ['c3', 'tool_calls'],
      [3, 5, 5],
    ]);
  });

  it('say what the model is shown, and with which key', async () => {
    const note = { role: 'user', content: 'from the transform', timestamp: 1 } as const;
    const { agent, script } = watched(['a', 'b'], {
      transformContext: (messages) => [note, ...messages.slice(-1)],
      convertToLlm: async (messages) => messages.filter(({ role }) => role === 'user'),
      getApiKey: async (provider) => `key-of-${provider}`,
      temperature: 0.5,
      maxTokens: 7,
      sessionId: 's',
      thinkingLevel: 'high',
    });
    await agent.prompt('one');
    await agent.prompt('two');
    expect(script.contexts[1]?.messages).toEqual([note, expect.objectContaining({ role: 'user' })]);
    expect(script.options[1]).toMatchObject({
      apiKey: 'key-of-scripted',
      temperature: 0.5,
      maxTokens: 7,
      sessionId: 's',
      reasoning: 'high',
    });
  });

  it.each(['transformContext', 'shouldStopAfterTurn', 'getApiKey'] as const)(
    'that throw end the run: %s',
    async (hook) => {
      const { agent, told } = watched(['a'], {
        [hook]: () => {
          throw new Error('hook broke');
        },
      });
      expect(await agent.prompt('go')).toMatchObject({ stop_reason: 'error', error_message: 'hook broke' });
      expect(told().at(-1)).toBe('agent_end');
      expect(agent.state.is_streaming).toBe(false);
    },
  );
});

describe('steering and follow-ups', () => {
  it('are said one at a time: after the calls of a turn, and when it would be done', async () => {
    const run = watched([{ calls: [['sum', { a: 1, b: 1 }]] }, 'two', 'three', 'four'], { tools: [SUM] });
    run.agent.subscribe((event) => {
      if (event.type !== 'tool_execution_start') return;
      run.agent.followUp('later');
      run.agent.steer('first');
      run.agent.steer('second');
    });
    await run.agent.prompt('go');
    const last = run.script.contexts.map(({ messages }) => messages.at(-1)?.content);
    const said = (text: string): unknown => [{ type: 'text', text }];
    expect(last).toEqual([said('go'), said('first'), said('second'), said('later')]);
    expect(run.told().filter((line) => line === 'turn_start')).toHaveLength(4);
  });

  it('come all at once when told so', async () => {
    const run = watched(['one', 'two'], { followUpMode: 'all' });
    run.agent.followUp('a');
    run.agent.followUp('b');
    await run.agent.prompt('go');
    expect(run.script.contexts[1]?.messages).toHaveLength(4);
  });

  it('skip the calls that were not begun, if that is wanted', async () => {
    const run = watched(
      [
        {
          calls: [
            ['first', {}],
            ['second', {}],
          ],
        },
        'ok',
      ],
      {
        toolExecution: 'sequential',
        skipToolsOnSteering: true,
        tools: [
          tool('first', () => {
            run.agent.steer('wait');
            return 'done';
          }),
          tool('second', () => 'never'),
        ],
      },
    );
    await run.agent.prompt('go');
    expect(results(run)).toEqual(['done', 'Skipped due to queued user message.']);
    expect(run.script.contexts[1]?.messages.at(-1)?.content).toEqual([{ type: 'text', text: 'wait' }]);
  });

  it('are what continue() goes on with after an answer', async () => {
    const run = watched(['one', 'two']);
    await run.agent.prompt('go');
    await expect(run.agent.continue()).rejects.toMatchObject({ code: 'invalid_request' });
    run.agent.steer('more');
    expect(await run.agent.continue()).toMatchObject({ content: [{ text: 'two' }] });
  });
});

describe('what goes wrong', () => {
  it('in the streamFn ends the run in an error, and the next one goes on without it', async () => {
    const run = watched([{ throws: new Error('no network') }, 'back']);
    expect(await run.agent.prompt('go')).toMatchObject({
      stop_reason: 'error',
      error_message: 'no network',
      content: [{ type: 'text', text: '' }],
    });
    expect(run.told()).toEqual([
      'agent_start',
      'turn_start',
      'message_start user',
      'message_end user',
      'message_start assistant',
      'message_end assistant',
      'turn_end',
      'agent_end',
    ]);
    expect(run.agent.state).toMatchObject({ error: 'no network', is_streaming: false });
    expect(await run.agent.continue()).toMatchObject({ content: [{ text: 'back' }] });
    expect(run.script.contexts[1]?.messages).toHaveLength(1);
    expect(run.agent.state.error).toBeNull();
  });

  it('rejects promptText, and ends streamText with the error', async () => {
    await expect(watched([{ throws: new Error('x') }]).agent.promptText('go')).rejects.toThrow('x');
    const pieces = watched([{ throws: new Error('y') }]).agent.streamText('go');
    await expect(pieces.nextEvent()).rejects.toThrow('y');
  });

  it.each<[string, StreamFn]>([
    ['rejects', () => Promise.reject(new Error('late'))],
    [
      'breaks in the middle',
      async function* broken() {
        yield { type: 'text_start', content_index: 0 } as const;
        yield { type: 'text_delta', content_index: 0, delta: 'so far' } as const;
        throw new Error('late');
      },
    ],
    [
      'ends without an end',
      async function* endless() {
        yield { type: 'start' } as const;
      },
    ],
  ])('a streamFn that %s never hangs', async (_name, streamFn) => {
    const agent = new Agent({ streamFn });
    const answer = await agent.prompt('go');
    expect(answer.stop_reason).toBe('error');
    expect(answer.error_message).toMatch(/late|ended without/);
    await agent.waitForIdle();
  });

  it('a missing model says what to do', async () => {
    expect(await new Agent().prompt('go')).toMatchObject({ error_message: expect.stringContaining('setModel') });
  });

  it('in a listener disturbs nobody', async () => {
    const onListenerError = jest.fn();
    const { agent, told } = watched(['ok'], { onListenerError });
    agent.subscribe(() => {
      throw new Error('listener');
    });
    agent.subscribe(() => Promise.reject(new Error('listener')));
    await agent.prompt('go');
    expect(told().at(-1)).toBe('agent_end');
    expect(onListenerError.mock.calls.length).toBeGreaterThan(10);
  });

  it('is a conflict while it runs', async () => {
    const { agent } = watched(['ok']);
    const first = agent.prompt('go');
    await expect(agent.prompt('again')).rejects.toMatchObject({ code: 'conflict' });
    expect(() => agent.stream('again')).toThrow('running');
    await first;
  });
});

describe('an abort', () => {
  it('stops a streamFn that does not heed it, and keeps what waits', async () => {
    const { agent, told, script } = watched([HANG]);
    agent.subscribe((event) => {
      if (event.type === 'message_start' && event.message.role === 'assistant') agent.abort();
    });
    agent.followUp('later');
    expect(await agent.prompt('go')).toMatchObject({ stop_reason: 'aborted' });
    expect(told().slice(-4)).toEqual(['message_start assistant', 'message_end assistant', 'turn_end', 'agent_end']);
    expect(agent.hasQueuedMessages).toBe(true);
    expect(script.options[0]?.signal?.aborted).toBe(true);
  });

  it('stops tools, and starts no other model call', async () => {
    const stopped = Promise.withResolvers<boolean>();
    const { agent, told, script } = watched([{ calls: [['wait', {}]] }, 'never'], {
      tools: [
        tool('wait', (_id, _args, signal) => {
          signal.addEventListener('abort', () => stopped.resolve(true));
          agent.abort();
          return new Promise<AgentToolResult>(() => undefined);
        }),
      ],
    });
    agent.steer('queued');
    expect(await agent.prompt('go')).toMatchObject({ stop_reason: 'aborted' });
    expect(await stopped.promise).toBe(true);
    expect(script.contexts).toHaveLength(1);
    expect(told().filter((line) => /tool|turn_end|agent_end/.test(line))).toEqual([
      'tool_execution_start c1',
      'tool_execution_end c1',
      'message_start tool_result',
      'message_end tool_result',
      'turn_end',
      'turn_end',
      'agent_end',
    ]);
  });

  it('before anything ran still tells a whole run', async () => {
    const { agent, told, script } = watched(['never']);
    const running = agent.prompt('go');
    agent.abort();
    expect(await running).toMatchObject({ stop_reason: 'aborted' });
    expect(script.contexts).toEqual([]);
    expect(told()).toEqual([
      'agent_start',
      'turn_start',
      'message_start user',
      'message_end user',
      'message_start assistant',
      'message_end assistant',
      'turn_end',
      'agent_end',
    ]);
  });

  it('is what leaving a stream does', async () => {
    const { agent } = watched(['a long enough answer']);
    for await (const event of agent.stream('go')) if (event.type === 'message_update') break;
    await agent.waitForIdle();
    expect(agent.state.messages.at(-1)).toMatchObject({ stop_reason: 'aborted' });
  });
});

describe('streams of an agent', () => {
  it('give all events, and the text', async () => {
    const one = watched(['Hello there']);
    const events: AgentEvent[] = [];
    for await (const event of one.agent.stream('go')) events.push(event);
    expect(inShort(events)).toEqual(one.told());
    let text = '';
    for await (const piece of watched(['Hello there']).agent.streamText('go')) text += piece;
    expect(text).toBe('Hello there');
  });
});

describe('the state', () => {
  it('tells what is going on, and is changed by its setters', async () => {
    const during: unknown[] = [];
    const { agent } = watched([{ calls: [['sum', { a: 1, b: 1 }]] }, 'two'], {
      tools: [SUM],
      systemPrompt: 'Be kind.',
    });
    agent.subscribe(({ type }) => {
      const { is_streaming, pending_tool_calls, stream_message } = agent.state;
      if (type === 'tool_execution_start') during.push([is_streaming, [...pending_tool_calls], stream_message]);
      if (type === 'message_update') during.push(stream_message?.content.length);
    });
    await agent.prompt('go');
    expect(during).toEqual([1, [true, ['c1'], null], 1, 1, 1]);
    expect(agent.state).toMatchObject({ system_prompt: 'Be kind.', is_streaming: false, stream_message: null });
    expect(agent.state.pending_tool_calls.size).toBe(0);
    agent.setSystemPrompt('Be short.');
    agent.setThinkingLevel('low');
    agent.setTools([]);
    agent.setModel({ id: 'other' });
    agent.appendMessage({ role: 'user', content: 'x', timestamp: 1 });
    expect(agent.state.messages).toHaveLength(5);
    agent.replaceMessages([]);
    agent.reset();
    expect(agent.state).toMatchObject({ system_prompt: 'Be short.', thinking_level: 'low', tools: [], messages: [] });
  });

  it('begins with what it is given', async () => {
    const { agent, script } = watched(['ok'], {
      initialState: { system_prompt: 'From the state.', messages: [{ role: 'user', content: 'before', timestamp: 1 }] },
    });
    await agent.continue();
    expect(script.contexts[0]).toMatchObject({ system_prompt: 'From the state.', messages: [{ content: 'before' }] });
  });
});
