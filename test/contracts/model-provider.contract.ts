import { describe, expect, it } from '@jest/globals';
import type { ModelEnd } from '../../src/core/ports/model-provider.js';
import { ProviderSuite, REQUEST, call } from './model-provider/provider-suite.js';
import type { MakeProviders, ProviderSkips } from './model-provider/provider-suite.js';

/** Calls of a long answer that are aborted beside each other. */
const ABORTED = 5;

/** The stream contract of the ModelProvider port, sentence by sentence. Every implementation runs it. */
export function describeModelProvider(name: string, make: MakeProviders, skips: ProviderSkips = {}): void {
  // oxlint-disable-next-line jest/valid-title -- the implementation's name
  describe(name, () => {
    const suite = new ProviderSuite(make, skips);
    describeAnswers(suite);
    describeAborts(suite);
    describeToolCalls(suite);
    describeFailures(suite);
  });
}

function describeAnswers(suite: ProviderSuite): void {
  describe('an answer', () => {
    it('comes as deltas, in order, and then ends once', async () => {
      const { answering, answer } = suite.providers;
      const { end, text } = await call(answering);
      expect(end).toMatchObject({ type: 'done', stop_reason: 'stop', tool_calls: [] });
      expect(text.length).toBeGreaterThan(0);
      expect(text).toBe(answer ?? text);
    });

    it('reports usage that can be billed', async () => {
      const { end } = await call(suite.providers.answering);
      const { input_tokens = -1, output_tokens = -1, total_tokens = -1 } = end.usage ?? {};
      for (const count of [input_tokens, output_tokens, total_tokens]) {
        expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
      }
      expect(total_tokens).toBeGreaterThanOrEqual(input_tokens + output_tokens);
    });

    it('does not mix with another one', async () => {
      const { answering, long = answering } = suite.providers;
      const alone = [await call(answering), await call(long)];
      const together = await Promise.all([call(answering), call(long), call(answering), call(long)]);
      for (const [i, { end, text }] of together.entries()) {
        expect(end.type).toBe('done');
        expect(text).toHaveLength(alone[i % 2]?.text.length ?? -1);
      }
    });

    it('makes the model healthy', async () => {
      await call(suite.providers.answering);
      expect(suite.providers.answering.health()).toEqual({ healthy: true });
    });
  });
}

function describeAborts(suite: ProviderSuite): void {
  describe('an abort', () => {
    it('before the call: nothing is asked', async () => {
      const end = await suite.providers.answering.stream(
        REQUEST,
        () => {
          throw new Error('a delta of an aborted call');
        },
        AbortSignal.abort(),
      );
      expect(end).toEqual({ type: 'aborted' });
    });

    suite.optional('long', 'in the middle: ends the call as aborted, with no delta after it', async (long) => {
      const { end, deltas } = await call(long, REQUEST, (controller, count) => {
        if (count === 3) controller.abort();
      });
      expect(end.type).toBe('aborted');
      expect(deltas).toHaveLength(3);
    });

    suite.optional('long', 'between two deltas: the same', async (long) => {
      const { end } = await call(long, REQUEST, (controller, count) => {
        if (count === 1) setImmediate(() => controller.abort());
      });
      expect(end.type).toBe('aborted');
    });

    it('after the end changes nothing, and the next call is answered', async () => {
      const controller = new AbortController();
      const end = await suite.providers.answering.stream(REQUEST, () => undefined, controller.signal);
      controller.abort();
      expect(end.type).toBe('done');
      expect((await call(suite.providers.answering)).end.type).toBe('done');
    });

    suite.optional('closed', 'closes the upstream at once', async (closed) => {
      const { answering, long = answering } = suite.providers;
      await Promise.all(Array.from({ length: ABORTED }, () => call(long, REQUEST, (controller) => controller.abort())));
      expect(await closed(ABORTED)).toEqual(Array.from({ length: ABORTED }, () => 'aborted'));
    });
  });
}

function describeToolCalls(suite: ProviderSuite): void {
  describe('a tool call', () => {
    suite.optional('calling', 'has an id, a name and an object of arguments', async ({ provider, request }) => {
      const { end, deltas } = await call(provider, request);
      expect(end).toMatchObject({ type: 'done', stop_reason: 'tool_calls' });
      const calls = end.type === 'done' ? end.tool_calls : [];
      expect(calls.length).toBeGreaterThan(0);
      expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
      for (const [i, made] of calls.entries()) {
        expect(made.id).not.toBe('');
        expect(request.tools?.map((tool) => tool.name)).toContain(made.name);
        const fragments = deltas.filter(({ block }) => block === `tool_call:${i}`).map(({ text }) => text);
        expect(JSON.parse(fragments.join('') || '{}')).toEqual(made.arguments);
      }
    });
  });
}

function describeFailures(suite: ProviderSuite): void {
  describe('a failure', () => {
    suite.optional('failing', 'is an end, never a rejection and never done', async (cases) => {
      for (const { what, provider, codes } of cases) {
        const { end } = await call(provider);
        expect({
          what,
          type: end.type,
          known: end.type === 'failed' && codes.includes(end.code) ? codes : end,
        }).toEqual({
          what,
          type: 'failed',
          known: codes,
        });
      }
    });

    suite.optional('failing', 'says in one sentence what went wrong, and no secret', async (cases) => {
      for (const { provider } of cases) {
        const { end } = await call(provider);
        const sentence = messageOf(end);
        expect(sentence).toMatch(/^[A-Z][^\n]*\.$/);
        for (const secret of suite.providers.secrets ?? [])
          expect(JSON.stringify([sentence, provider.health()])).not.toContain(secret);
        expect(provider.health()).toMatchObject(
          provider.health().healthy ? { healthy: true } : { last_error: expect.any(String) },
        );
      }
    });
  });
}

function messageOf(end: ModelEnd): string {
  return end.type === 'failed' ? end.message : '';
}
