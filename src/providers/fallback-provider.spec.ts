import { describe, expect, it } from '@jest/globals';
import type { ModelDelta, ModelEnd, ModelProvider, ModelRequest } from '../core/ports/model-provider.js';
import { FallbackProvider } from './fallback-provider.js';

const USAGE = { input_tokens: 1, output_tokens: 2, total_tokens: 3, calls: 1 };
const DONE: ModelEnd = { type: 'done', stop_reason: 'stop', tool_calls: [], usage: USAGE };
const FAILED: ModelEnd = {
  type: 'failed',
  code: 'upstream_unavailable',
  message: 'It is down.',
  retryable: true,
  usage: USAGE,
};

class Fake implements ModelProvider {
  calls = 0;
  asked: string | undefined;

  constructor(
    readonly name: string,
    readonly end: ModelEnd,
    readonly texts: readonly string[] = [],
    readonly healthy = true,
  ) {}

  async stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void): Promise<ModelEnd> {
    this.calls++;
    this.asked = request.upstream_id;
    for (const text of this.texts) onDelta({ block: 'text', text });
    return this.end;
  }

  health(): { healthy: boolean } {
    return { healthy: this.healthy };
  }
}

async function ask(
  provider: ModelProvider,
  signal = new AbortController().signal,
): Promise<{ end: ModelEnd; text: string }> {
  let text = '';
  const end = await provider.stream({ messages: [] }, (delta) => (text += delta.text), signal);
  return { end, text };
}

describe('FallbackProvider', () => {
  it('U22: asks the next one when one fails before its first delta, names who answered and adds what all cost', async () => {
    const third = new Fake('c', DONE, ['never']);
    const { end, text } = await ask(
      new FallbackProvider(new Fake('a', FAILED), [new Fake('b', DONE, ['hello']), third]),
    );
    expect(text).toBe('hello');
    expect(end).toEqual({
      ...DONE,
      answered_by: 'b',
      usage: { input_tokens: 2, output_tokens: 4, total_tokens: 6, calls: 2 },
    });
    expect(third.calls).toBe(0);
  });

  it('U22: stays with the one that has begun to answer', async () => {
    const second = new Fake('b', DONE, ['hello']);
    const { end, text } = await ask(new FallbackProvider(new Fake('a', FAILED, ['begun']), [second]));
    expect(text).toBe('begun');
    expect(end).toEqual(FAILED);
    expect(second.calls).toBe(0);
  });

  it('asks only the first one for another model of its upstream', async () => {
    const [first, second] = [new Fake('a', FAILED), new Fake('b', DONE)];
    const provider = new FallbackProvider(first, [second]);
    await provider.stream({ messages: [], upstream_id: 'x' }, () => undefined, new AbortController().signal);
    expect([first.asked, second.asked]).toEqual(['x', undefined]);
  });

  it('does not go on after an abort', async () => {
    const second = new Fake('b', DONE);
    const { end } = await ask(new FallbackProvider(new Fake('a', { type: 'aborted' }), [second]));
    expect(end).toEqual({ type: 'aborted' });
    await ask(new FallbackProvider(new Fake('a', FAILED), [second]), AbortSignal.abort());
    expect(second.calls).toBe(0);
  });

  it('tells the failure of the one that was asked for when all fail', async () => {
    const other: ModelEnd = { type: 'failed', code: 'upstream_auth', message: 'No.', retryable: false };
    const { end } = await ask(new FallbackProvider(new Fake('a', FAILED), [new Fake('b', other)]));
    expect(end).toMatchObject({ code: 'upstream_unavailable', message: 'It is down.', retryable: true, usage: USAGE });
  });

  it('is healthy as long as one of them is', () => {
    const sick = new Fake('a', FAILED, [], false);
    expect(new FallbackProvider(sick, [new Fake('b', DONE)]).health().healthy).toBe(true);
    expect(new FallbackProvider(sick, [sick]).health().healthy).toBe(false);
  });
});
