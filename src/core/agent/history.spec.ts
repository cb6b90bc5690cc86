import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FactBody, ToolCall } from '../events/conversation-event.js';
import { NO_USAGE } from '../events/usage.js';
import type { MessageId } from '../kernel/ids.js';
import { closeAnswer, evolveHistory, NO_HISTORY, NO_RESULT, type History } from './history.js';

const ID = 'msg_1' as MessageId;

const fold = (bodies: readonly FactBody[]): History =>
  bodies.reduce((history, body) => evolveHistory(history, { body }), NO_HISTORY);

const said = (role: 'user' | 'assistant', text: string, more: object = {}): FactBody => ({
  type: 'message_end',
  message_id: ID,
  role,
  text,
  stop_reason: 'stop',
  ...more,
});
const result = (id: string, text: string): FactBody => ({
  type: 'tool_execution_end',
  tool_call_id: id,
  tool_name: 'f',
  status: 'completed',
  result: text,
});
const received = (id: string, text: string): FactBody => ({
  type: 'tool_result_received',
  tool_call_id: id,
  tool_name: 'f',
  is_error: false,
  result: text,
});
const call = (id: string): ToolCall => ({ id, name: 'f', arguments: {} });
const RUN_END: FactBody = { type: 'run_end', outcome: 'completed', code: 'answered', usage: NO_USAGE };

describe('the history of a conversation', () => {
  it('has the results in the order of the calls, whatever came first', () => {
    const { messages } = closeAnswer(
      fold([
        said('user', 'Hi'),
        said('assistant', '', { tool_calls: [call('a'), call('b')] }),
        result('b', '2'),
        received('a', '1'),
      ]),
    );
    expect(messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: 'a' }, { id: 'b' }] },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'b', content: '2' },
    ]);
  });

  it('tells the model of a result that never came', () => {
    const { messages } = fold([
      said('assistant', '', { tool_calls: [call('toString')] }),
      RUN_END,
      said('user', 'And?'),
    ]);
    expect(messages).toEqual([
      expect.objectContaining({ role: 'assistant' }),
      { role: 'tool', tool_call_id: 'toString', content: NO_RESULT },
      { role: 'user', content: 'And?' },
    ]);
  });

  it('keeps what was shown of an answer that broke off, without its calls, and nothing of one that said nothing', () => {
    const broken = { stop_reason: 'error', tool_calls: [call('a')] };
    expect(fold([said('assistant', 'So far', broken)]).messages).toEqual([{ role: 'assistant', content: 'So far' }]);
    expect(fold([said('assistant', ' ', { stop_reason: 'aborted' })]).messages).toEqual([]);
    expect(fold([{ type: 'message_discarded', message_id: ID, reason: 'interrupted' }]).messages).toEqual([]);
  });

  it('is what the client gave instead, where it gave one', () => {
    const given = [{ role: 'user' as const, content: 'Before' }];
    const start: FactBody = { type: 'run_start', kind: 'chat', on_disconnect: 'cancel', settings: { history: given } };
    expect(fold([said('user', 'Forgotten'), start, said('user', 'Now')]).messages).toEqual([
      ...given,
      { role: 'user', content: 'Now' },
    ]);
  });

  it('never has a result without its call, nor a call without its result, whatever the log has', () => {
    const id = fc.constantFrom('a', 'b', 'c', '__proto__');
    const fact: fc.Arbitrary<FactBody> = fc.oneof(
      fc.string().map((text) => said('user', text)),
      fc
        .tuple(fc.string(), fc.uniqueArray(id), fc.constantFrom('tool_calls', 'stop', 'aborted', 'error'))
        .map(([text, ids, stop_reason]) => said('assistant', text, { stop_reason, tool_calls: ids.map(call) })),
      fc.tuple(id, fc.string()).map(([of, text]) => result(of, text)),
      fc.tuple(id, fc.string()).map(([of, text]) => received(of, text)),
      fc.constant<FactBody>({ type: 'turn_end', turn: 1 }),
      fc.constant<FactBody>({ type: 'run_start', kind: 'chat', on_disconnect: 'cancel' }),
      fc.constant(RUN_END),
    );
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 40 }), (facts) => {
        let open: readonly string[] = [];
        for (const message of closeAnswer(fold(facts)).messages) {
          if (message.role === 'tool') {
            expect(message.tool_call_id).toBe(open[0]);
            open = open.slice(1);
          } else {
            expect(open).toEqual([]);
            open = message.role === 'assistant' ? (message.tool_calls ?? []).map((asked) => asked.id) : [];
          }
        }
        expect(open).toEqual([]);
      }),
    );
  });
});
