import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ModelMessage } from '../ports/model-provider.js';
import { estimateTokens, fitMessages, promptTokens, type FitLimits } from './fit-messages.js';

const text = fc.string({ maxLength: 200 });

/** What is said between a person and an agent: an answer may have calls, and then has all their results. */
const exchange: fc.Arbitrary<readonly ModelMessage[]> = fc.oneof(
  text.map((content): ModelMessage[] => [{ role: 'user', content }]),
  text.map((content): ModelMessage[] => [{ role: 'assistant', content }]),
  fc.tuple(text, fc.array(text, { minLength: 1, maxLength: 4 })).map(([content, results]): ModelMessage[] => [
    {
      role: 'assistant',
      content,
      tool_calls: results.map((_result, index) => ({ id: `call_${index}`, name: 'f', arguments: {} })),
    },
    ...results.map((result, index): ModelMessage => ({ role: 'tool', tool_call_id: `call_${index}`, content: result })),
  ]),
);

const system = text.map((content): ModelMessage => ({ role: 'system', content }));

const history = fc
  .tuple(fc.array(system, { maxLength: 2 }), fc.array(exchange, { maxLength: 30 }))
  .map(([before, said]): ModelMessage[] => [...before, ...said.flat()]);

const limits: fc.Arbitrary<FitLimits> = fc.record(
  { messages: fc.integer({ min: 1, max: 40 }), tokens: fc.integer({ min: 1, max: 1000 }) },
  { requiredKeys: ['messages'] },
);

/** Every result comes after its call, with only results of the same answer between them, and every call has its result. */
function expectWholePairs(messages: readonly ModelMessage[]): void {
  let open: string[] = [];
  for (const message of messages) {
    if (message.role === 'tool') {
      expect(open).toContain(message.tool_call_id);
      open = open.filter((id) => id !== message.tool_call_id);
      continue;
    }
    expect(open).toEqual([]);
    if (message.role === 'assistant') open = (message.tool_calls ?? []).map(({ id }) => id);
  }
  expect(open).toEqual([]);
}

const instructions = (messages: readonly ModelMessage[]): readonly ModelMessage[] => {
  const first = messages.findIndex(({ role }) => role !== 'system');
  return first < 0 ? messages : messages.slice(0, first);
};

describe('fitMessages', () => {
  it('never parts a result from its call, keeps the instructions, the last question, and the order', () => {
    fc.assert(
      fc.property(history, limits, (messages, most) => {
        const fitted = fitMessages(messages, most);
        expectWholePairs(fitted.messages);
        const head = instructions(messages);
        expect(fitted.messages.slice(0, head.length)).toEqual(head);
        // What is kept is the end of it, as it was.
        const rest = fitted.messages.slice(head.length);
        expect(rest).toEqual(rest.length === 0 ? [] : messages.slice(-rest.length));
        expect(fitted.left_out).toBe(messages.length - fitted.messages.length);
        const question = messages.findLastIndex(({ role }) => role === 'user');
        if (question >= 0) expect(rest.length).toBeGreaterThanOrEqual(messages.length - question);
      }),
    );
  });

  it('leaves out no more than it must: one group more would be too much', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 40 }), (messages, most) => {
        const head = instructions(messages).length;
        const fitted = fitMessages(messages, { messages: most });
        if (fitted.left_out === 0) return;
        const kept = fitted.messages.length - head;
        const before = messages.slice(head, messages.length - kept);
        const start = before.findLastIndex(({ role }) => role !== 'tool');
        expect(kept + (before.length - start)).toBeGreaterThan(most);
      }),
    );
  });

  it('leaves everything where there is room for it', () => {
    fc.assert(
      fc.property(history, (messages) => {
        expect(fitMessages(messages, { messages: 1000, tokens: 1e6 })).toEqual({ messages, left_out: 0 });
      }),
    );
  });

  it('keeps the question and what came of it, even if that alone is too much', () => {
    const call = { id: 'a', name: 'f', arguments: {} };
    const messages: ModelMessage[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'old' },
      { role: 'assistant', content: 'older answer' },
      { role: 'user', content: 'x'.repeat(4000) },
      { role: 'assistant', content: '', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: 'y'.repeat(4000) },
    ];
    const fitted = fitMessages(messages, { messages: 2, tokens: 100 });
    expect(fitted.messages).toEqual([messages[0], ...messages.slice(3)]);
    expect(fitted.left_out).toBe(2);
  });

  it('counts images', () => {
    const image: ModelMessage = {
      role: 'user',
      content: '',
      parts: [{ type: 'image', url: 'data:image/png;base64,AA==' }],
    };
    const last: ModelMessage = { role: 'user', content: 'And?' };
    expect(fitMessages([image, last], { messages: 10, tokens: 500 }).left_out).toBe(1);
    expect(fitMessages([image, last], { messages: 10, tokens: 1000 }).left_out).toBe(0);
  });
});

describe('promptTokens', () => {
  it.each([
    [undefined, 100, undefined],
    [8000, undefined, 6000],
    [8000, 1000, 7000],
    // An answer that may be longer than the window still leaves half of it.
    [8000, 20_000, 4000],
  ])('window %p, answer %p: %p', (window, answer, expected) => {
    expect(promptTokens(window, answer)).toBe(expected);
  });
});

describe('estimateTokens', () => {
  it('is never less for more text, and never nothing for some', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const both = estimateTokens(left + right);
        expect(both).toBeGreaterThanOrEqual(estimateTokens(left));
        if (left !== '') expect(both).toBeGreaterThan(0);
      }),
    );
  });
});
