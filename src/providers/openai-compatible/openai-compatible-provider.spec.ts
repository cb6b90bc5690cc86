import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Dispatcher } from 'undici';
import { HttpProviders, TEST_KEY } from '../../../test/contracts/model-provider/http-providers.js';
import { REQUEST, call, textOf } from '../../../test/contracts/model-provider/provider-suite.js';
import type { ModelDelta } from '../../core/ports/model-provider.js';

let http: HttpProviders;

beforeAll(async () => {
  http = await HttpProviders.start();
});
afterAll(async () => {
  await http.stop();
});
beforeEach(() => http.upstream.reset());

describe('framing', () => {
  it.each([
    ['U08', 'split-bytes'],
    ['U08', 'split-at-200'],
    ['U09', 'crlf'],
    ['U09', 'cr-only'],
    ['U09', 'mixed-eol'],
    ['U09', 'comments'],
    ['U09', 'bom'],
    ['U09', 'multi-line-data'],
    ['U09', 'no-space'],
    ['U09', 'unknown-events'],
    ['U09', 'no-done'],
    ['U09', 'json-instead-of-stream'],
    ['U12', 'null-delta'],
    ['U12', 'two-choices'],
    ['U12', 'wrong-index'],
    ['U12', 'usage-missing'],
    ['U12', 'usage-weird'],
  ])('%s: %s: same text, done', async (_id, fault) => {
    const model = `bad:${fault}`;
    const healthy = await call(http.provider(`scripted@${fault}`));
    const { end, text } = await call(http.provider(model));
    expect(end).toMatchObject({ type: 'done', stop_reason: 'stop' });
    expect(text).toBe(healthy.text);
  });

  it('U09: bytes that are no UTF-8 become replacement characters', async () => {
    const { end, text } = await call(http.provider('bad:bad-utf8'));
    expect(end.type).toBe('done');
    expect(text).toContain('\uFFFD');
  });

  it('thinking comes as a block of its own', async () => {
    const { deltas, end } = await call(http.provider('think'));
    expect(end.type).toBe('done');
    expect(deltas[0]?.block).toBe('thinking');
    expect(textOf(deltas)).not.toBe('');
  });

  it('U11: merges the deltas of one read', async () => {
    const { deltas, text } = await call(http.provider('chars:5000'));
    expect(text).toHaveLength(5000);
    expect(deltas.length).toBeLessThan(1000);
  });

  it('U11: takes 200,000 one-letter chunks', async () => {
    const { end, text } = await call(http.provider('chars:200000'));
    expect(end).toMatchObject({ type: 'done', usage: { output_tokens: 200_000 } });
    expect(text).toHaveLength(200_000);
  });

  it('U10: ends an answer that never ends, at the limit', async () => {
    const { end, text } = await call(http.provider('bad:endless', { limits: { maxAnswer: 100_000 } }));
    expect(end).toMatchObject({ type: 'failed', code: 'upstream_too_large' });
    expect(text.length).toBeLessThanOrEqual(100_000);
    await http.upstream.until((upstream) => upstream.open() === 0);
  });
});

describe('tool calls', () => {
  const tools = [
    { name: 'f', description: 'does f', parameters: { type: 'object', properties: { a: { type: 'string' } } } },
  ];

  it.each(['invalid', 'half', 'null', 'array', 'proto', 'empty-name'])(
    'U13: bad ones are given back: %s',
    async (flaw) => {
      const { end } = await call(http.provider(`bad:tool-args-${flaw}`), { ...REQUEST, tools });
      expect(end).toMatchObject({
        type: 'done',
        stop_reason: 'tool_calls',
        tool_calls: [],
        bad_tool_calls: [{ error: expect.any(String) }],
      });
    },
  );

  it.each(['empty', 'same-id', 'no-id', 'huge'])('good enough: %s', async (flaw) => {
    const { end } = await call(http.provider(`bad:tool-args-${flaw}`), { ...REQUEST, tools });
    const calls = end.type === 'done' ? end.tool_calls : [];
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ id: expect.stringMatching(/./), name: 'f', arguments: expect.any(Object) });
  });

  it('many', async () => {
    const { end } = await call(http.provider('bad:tool-many'), { ...REQUEST, tools });
    expect(end.type === 'done' ? end.tool_calls : []).toHaveLength(1000);
  });
});

describe('the end of a call', () => {
  it('rejects with what the caller itself threw, and closes the upstream', async () => {
    const controller = new AbortController();
    const ended = http.provider('text:100:5').stream(
      REQUEST,
      () => {
        throw new TypeError('mine');
      },
      controller.signal,
    );
    await expect(ended).rejects.toThrow('mine');
    await http.upstream.until((upstream) => upstream.open() === 0);
  });

  it('keeps secrets out of the cause too', async () => {
    const { end } = await call(http.provider('bad:401'));
    expect(end.type === 'failed' ? JSON.stringify(end.cause) : '').toContain('[redacted]');
    expect(JSON.stringify(end)).not.toContain(TEST_KEY);
  });

  it('delivers nothing more of the read in which the caller aborted', async () => {
    const deltas = [{ reasoning: 'a' }, { content: 'b' }, { reasoning: 'c' }, { content: 'd' }];
    const chunks = deltas.map((delta) => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`);
    http.upstream.script('mixed', { chunks: [chunks.join(''), { stop: 'hang' }] });
    const { end, deltas: got } = await call(http.provider('mixed'), REQUEST, (controller) => controller.abort());
    expect(end).toEqual({ type: 'aborted' });
    expect(got).toEqual([{ block: 'thinking', text: 'a', signature: 'reasoning' }]);
  });

  it('waits for no repetition when the abort came just after the refusal', async () => {
    const controller = new AbortController();
    const dispatcher = new RefusingDispatcher(() => controller.abort());
    const provider = http.provider('any', { dispatcher, retry: { baseMs: 60_000, capMs: 60_000 } });
    expect(await provider.stream(REQUEST, () => undefined, controller.signal)).toEqual({ type: 'aborted' });
  });

  it('delivers nothing of a read that comes after the abort', async () => {
    const controller = new AbortController();
    const deltas: ModelDelta[] = [];
    const ended = http.provider('chars:100000').stream(REQUEST, (delta) => deltas.push(delta), controller.signal);
    await http.upstream.until((upstream) => (upstream.calls('chars:100000')[0]?.bytesSent ?? 0) > 0);
    controller.abort();
    const { length } = deltas;
    expect(await ended).toMatchObject({ type: 'aborted' });
    expect(deltas).toHaveLength(length);
    await http.upstream.until((upstream) => upstream.open() === 0);
  });
});

describe('health', () => {
  it('follows the traffic', async () => {
    const provider = http.provider('bad:401x1');
    expect(provider.health()).toEqual({ healthy: true });
    await call(provider);
    expect(provider.health()).toMatchObject({
      healthy: false,
      last_error: expect.stringContaining('refused the configured key'),
    });
    await call(provider);
    expect(provider.health()).toEqual({ healthy: true });
  });

  it('is not touched by what is wrong with one call', async () => {
    const provider = http.provider('bad:400');
    await call(provider);
    expect(provider.health()).toEqual({ healthy: true });
  });

  it('is checked without generating anything', async () => {
    const provider = http.provider('scripted');
    expect(await provider.check(AbortSignal.timeout(20_000))).toEqual({ healthy: true });
    expect(http.upstream.calls().map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/models']);
    http.upstream.script('GET /models', { status: 401 });
    expect(await provider.check(AbortSignal.timeout(20_000))).toMatchObject({ healthy: false });
    const nowhere = http.provider('any', { base: 'http://127.0.0.1:1/v1' });
    expect(await nowhere.check(AbortSignal.timeout(20_000))).toMatchObject({ healthy: false });
  });
});

/** Answers 503 within the call, then does something. */
class RefusingDispatcher extends Dispatcher {
  readonly #then: () => void;

  constructor(then: () => void) {
    super();
    this.#then = then;
  }

  override dispatch(_options: unknown, handler: Dispatcher.DispatchHandler): boolean {
    const controller = { aborted: false, paused: false, reason: null, abort: noop, pause: noop, resume: noop };
    handler.onRequestStart?.(controller, undefined);
    handler.onResponseStart?.(controller, 503, {});
    handler.onResponseEnd?.(controller, {});
    this.#then();
    return true;
  }
}

function noop(): void {
  // Nothing to do.
}
