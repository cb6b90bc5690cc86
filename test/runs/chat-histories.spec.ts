import { describe, expect, it } from '@jest/globals';
import { evolveHistory, NO_HISTORY } from '../../src/core/agent/history.js';
import type { Fact, FactBody } from '../../src/core/events/conversation-event.js';
import type { ConversationId, MessageId } from '../../src/core/kernel/ids.js';
import type { EventLog } from '../../src/core/ports/conversation-store.js';
import { ChatHistories } from '../../src/conversations/chat-histories.js';
import { TENANT } from './fakes.js';

const REF = { tenant: TENANT, conversation_id: 'conv_1' as ConversationId };

/** A log in this process that counts what is read of it. */
class CountingLog {
  readonly facts: Fact[] = [];
  read_count = 0;

  add(...bodies: readonly FactBody[]): void {
    for (const body of bodies) {
      this.facts.push({ seq: this.facts.length + 1, at: 0, conversation_id: REF.conversation_id, body });
    }
  }

  get log(): EventLog {
    const read: EventLog['read'] = async (_ref, { after, until = Number.MAX_SAFE_INTEGER, limit, types }) => {
      const found = this.facts
        .filter(({ seq, body }) => seq > after && seq <= until && types?.includes(body.type) !== false)
        .slice(0, limit);
      this.read_count += found.length;
      return found;
    };
    return { read } as EventLog;
  }

  /** A question, a tool, its result, an answer: four messages. */
  exchange(n: number, said = ''): void {
    const message = (role: 'user' | 'assistant', text: string): FactBody => ({
      type: 'message_end',
      message_id: `msg_${this.facts.length}` as MessageId,
      role,
      text,
      stop_reason: 'stop',
    });
    const call = { id: `call_${n}`, name: 'tool', arguments: {} };
    this.add(
      { type: 'run_start', kind: 'chat', on_disconnect: 'cancel' },
      message('user', `question ${n}${said}`),
      { type: 'turn_start', turn: 1 },
      { ...message('assistant', ''), stop_reason: 'tool_calls', tool_calls: [call] } as FactBody,
      { type: 'tool_execution_start', tool_call_id: call.id, tool_name: 'tool', arguments: {} },
      { type: 'tool_execution_end', tool_call_id: call.id, tool_name: 'tool', status: 'completed', result: `${n}` },
      { type: 'turn_end', turn: 1 },
      message('assistant', `answer ${n}${said}`),
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
    expect(counting.read_count).toBeLessThanOrEqual(20 * 8);
    const all = counting.facts.reduce(evolveHistory, NO_HISTORY).messages;
    expect(messages).toEqual(all.slice(-messages.length));
    expect(messages.length).toBeGreaterThanOrEqual(20);
    expect(messages[0]).toMatchObject({ role: 'user' });
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

  it('has its last message, however long that is', async () => {
    const counting = new CountingLog();
    counting.exchange(1, 'x'.repeat(20 * 2 ** 20));
    const histories = new ChatHistories({ log: counting.log, messages: 500 });
    expect((await histories.before(REF, counting.facts.length + 1)).messages).toHaveLength(1);
  });
});
