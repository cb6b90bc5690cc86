import { describe, expect, it } from '@jest/globals';
import { evolveHistory, NO_HISTORY } from '../../src/core/agent/history.js';
import type { Fact, FactBody, MessageEnd } from '../../src/core/events/conversation-event.js';
import type { ConversationId, MessageId } from '../../src/core/kernel/ids.js';
import type { EventLog } from '../../src/core/ports/conversation-store.js';
import { ChatHistories } from '../../src/conversations/chat-histories.js';
import { TENANT } from './fakes.js';

const REF = { tenant: TENANT, conversation_id: 'conv_1' as ConversationId };

function messageEnd(role: 'user' | 'assistant', text: string, more: Partial<MessageEnd> = {}): MessageEnd {
  const message_id = `msg_${text.length}` as MessageId;
  return { type: 'message_end', message_id, role, text, stop_reason: 'stop', ...more };
}

/** A log in this process that counts what is read of it. */
class CountingLog {
  readonly facts: Fact[] = [];
  read_count = 0;
  read_chars = 0;

  add(...bodies: readonly FactBody[]): void {
    for (const body of bodies) {
      this.facts.push({ seq: this.facts.length + 1, at: 0, conversation_id: REF.conversation_id, body });
    }
  }

  get log(): EventLog {
    const read: EventLog['read'] = async (_ref, query) => {
      const { after, until = Number.MAX_SAFE_INTEGER, limit, types, newest_first, max_chars = Infinity } = query;
      const wanted = this.facts.filter(
        ({ seq, body }) => seq > after && seq <= until && types?.includes(body.type) !== false,
      );
      const found: Fact[] = [];
      let chars = 0;
      for (const fact of newest_first === true ? wanted.toReversed() : wanted) {
        chars += JSON.stringify(fact.body).length;
        if (found.length === limit || (chars > max_chars && found.length > 0)) break;
        this.read_chars += JSON.stringify(fact.body).length;
        found.push(fact);
      }
      this.read_count += found.length;
      return found;
    };
    return { read } as EventLog;
  }

  said(role: 'user' | 'assistant', text: string, more: Partial<MessageEnd> = {}): void {
    this.add(messageEnd(role, text, more));
  }

  /** A question, a tool, its result, an answer: four messages. */
  exchange(n: number, said = '', args: Readonly<Record<string, unknown>> = {}): void {
    const call = { id: `call_${n}`, name: 'tool', arguments: args };
    this.add(
      { type: 'run_start', kind: 'chat', on_disconnect: 'cancel' },
      messageEnd('user', `question ${n}${said}`),
      { type: 'turn_start', turn: 1 },
      messageEnd('assistant', '', { stop_reason: 'tool_calls', tool_calls: [call] }),
      { type: 'tool_execution_start', tool_call_id: call.id, tool_name: 'tool', arguments: {} },
      { type: 'tool_execution_end', tool_call_id: call.id, tool_name: 'tool', status: 'completed', result: `${n}` },
      { type: 'turn_end', turn: 1 },
      messageEnd('assistant', `answer ${n}${said}`),
      {
        type: 'run_end',
        outcome: 'completed',
        code: 'answered',
        usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
      },
    );
  }
}

describe('the history of a chat', () => {
  it('is all that was said, and is read once', async () => {
    const counting = new CountingLog();
    const histories = new ChatHistories({ log: counting.log, messages: 100 });
    for (let n = 0; n < 20; n++) {
      const before = counting.read_count;
      const { messages } = await histories.before(REF, counting.facts.length + 1);
      expect(messages).toEqual(counting.facts.reduce(evolveHistory, NO_HISTORY).messages);
      expect(counting.read_count - before).toBeLessThan(10);
      counting.exchange(n);
    }
  });

  it('costs the same however long it is, and is whole at its start', async () => {
    const counting = new CountingLog();
    for (let n = 0; n < 2_000; n++) counting.exchange(n);
    const histories = new ChatHistories({ log: counting.log, messages: 20 });
    const { messages } = await histories.before(REF, counting.facts.length + 1);
    // One page.
    expect(counting.read_count).toBeLessThanOrEqual(500);
    const all = counting.facts.reduce(evolveHistory, NO_HISTORY).messages;
    expect(messages).toEqual(all.slice(-messages.length));
    expect(messages.length).toBeGreaterThanOrEqual(20);
    expect(messages[0]).toMatchObject({ role: 'user' });
  });

  it('begins with what a client gave last, and nothing is read of what was given before that', async () => {
    const counting = new CountingLog();
    const given = (n: number): FactBody => ({
      type: 'run_start',
      kind: 'chat',
      on_disconnect: 'cancel',
      settings: { history: [{ role: 'user', content: `${n}`.repeat(2 ** 19) }] },
    });
    for (let n = 10; n < 50; n++) {
      counting.add(given(n));
      counting.exchange(n);
    }
    const histories = new ChatHistories({ log: counting.log, messages: 500 });
    for (let n = 50; n < 52; n++) {
      const { messages } = await histories.before(REF, counting.facts.length + 1);
      expect(messages).toEqual(counting.facts.reduce(evolveHistory, NO_HISTORY).messages);
      counting.exchange(n);
    }
    expect(counting.read_chars).toBeLessThan(2 ** 21);
  });

  it('leaves out what became of an answer on its way, which counts as nothing', async () => {
    const counting = new CountingLog();
    for (let n = 0; n < 30; n++) {
      counting.exchange(n);
      const end = counting.facts.pop();
      const step = { part: 'draft', n: 1, display: 'hidden' } as const;
      for (let part = 0; part < 20; part++) counting.said('assistant', 'a draft', { step });
      if (end !== undefined) counting.add(end.body);
    }
    const histories = new ChatHistories({ log: counting.log, messages: 40 });
    const { messages } = await histories.before(REF, counting.facts.length + 1);
    expect(messages).toEqual(counting.facts.reduce(evolveHistory, NO_HISTORY).messages.slice(-messages.length));
    expect(messages.length).toBeGreaterThanOrEqual(40);
  });

  it('is so much text at most, however long its messages are', async () => {
    const counting = new CountingLog();
    const text = 'x'.repeat(2 ** 20);
    for (let n = 0; n < 40; n++) counting.exchange(n, text);
    const histories = new ChatHistories({ log: counting.log, messages: 500 });
    for (let n = 40; n < 42; n++) {
      const { messages } = await histories.before(REF, counting.facts.length + 1);
      const chars = messages.reduce((sum, { content }) => sum + content.length, 0);
      expect(chars).toBeLessThanOrEqual(16 * 2 ** 20);
      expect(chars).toBeGreaterThan(14 * 2 ** 20);
      const all = counting.facts.reduce(evolveHistory, NO_HISTORY).messages;
      expect(messages).toEqual(all.slice(-messages.length));
      expect(messages[0]?.role).not.toBe('tool');
      counting.exchange(n, text);
    }
  });

  it('counts what tools were called with', async () => {
    const counting = new CountingLog();
    const text = 'x'.repeat(2 ** 20);
    for (let n = 0; n < 40; n++) counting.exchange(n, '', { text });
    const histories = new ChatHistories({ log: counting.log, messages: 500 });
    const { messages } = await histories.before(REF, counting.facts.length + 1);
    const calls = messages.filter((message) => message.role === 'assistant' && message.tool_calls !== undefined);
    expect(calls).toHaveLength(15);
  });

  it('has its last message, however long that is', async () => {
    const counting = new CountingLog();
    counting.exchange(1, 'x'.repeat(20 * 2 ** 20));
    const histories = new ChatHistories({ log: counting.log, messages: 500 });
    expect((await histories.before(REF, counting.facts.length + 1)).messages).toHaveLength(1);
  });
});
