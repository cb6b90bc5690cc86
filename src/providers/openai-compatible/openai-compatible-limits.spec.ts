import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent, buildConnector } from 'undici';
import { HttpProviders } from '../../../test/contracts/model-provider/http-providers.js';
import { REQUEST, call } from '../../../test/contracts/model-provider/provider-suite.js';

let http: HttpProviders;

beforeAll(async () => {
  http = await HttpProviders.start();
});
afterAll(async () => {
  await http.stop();
});
beforeEach(() => http.upstream.reset());

describe('U06: limits of time', () => {
  it.each([
    ['hang', { firstByteMs: 40 }, /did not begin to answer/],
    ['headers-then-hang', { firstByteMs: 40 }, /did not begin to answer/],
    ['stall-after-3', { idleMs: 40 }, /fell silent/],
    ['gap-after-2:500', { idleMs: 40 }, /fell silent/],
    ['slow-bytes-5', { totalMs: 80 }, /did not finish its answer/],
    ['endless-5', { totalMs: 80 }, /did not finish its answer/],
  ])('%s', async (fault, limits, sentence) => {
    const model = `bad:${fault}`;
    const { end } = await call(http.provider(model, { limits }));
    expect(end).toMatchObject({ type: 'failed', code: 'upstream_timeout', retryable: true });
    expect(end.type === 'failed' ? end.message : '').toMatch(sentence);
    expect(http.upstream.calls(model)).toHaveLength(1);
    await http.upstream.until((upstream) => upstream.open() === 0);
  });

  it('a connection that does not open is tried again', async () => {
    let tries = 0;
    const dispatcher = new Agent({ connect: () => void tries++ });
    const { end } = await call(http.provider('any', { dispatcher, limits: { connectMs: 40 } }));
    await dispatcher.destroy();
    expect(end).toMatchObject({ type: 'failed', code: 'upstream_timeout' });
    expect(end.type === 'failed' ? end.message : '').toMatch(/did not accept a connection/);
    expect(tries).toBe(3);
  });

  it('a call that is aborted before its connection opens is never sent', async () => {
    const opened: (() => void)[] = [];
    const connect = buildConnector({});
    const dispatcher = new Agent({ connect: (options, done) => void opened.push(() => connect(options, done)) });
    const controller = new AbortController();
    const ended = http.provider('text:3@late', { dispatcher }).stream(REQUEST, () => undefined, controller.signal);
    controller.abort();
    expect(await ended).toEqual({ type: 'aborted' });
    for (const open of opened) open();
    await call(http.provider('text:3'));
    expect(http.upstream.calls('text:3@late')).toEqual([]);
    await dispatcher.destroy();
  });

  it('a stream that goes on after its finish reason is done after the grace time', async () => {
    const finished = { choices: [{ index: 0, delta: { content: 'all' }, finish_reason: 'stop' }] };
    http.upstream.script('hanging', { chunks: [`data: ${JSON.stringify(finished)}\n\n`, { stop: 'hang' }] });
    const { end, text } = await call(http.provider('hanging', { limits: { graceMs: 40 } }));
    expect(end).toMatchObject({ type: 'done', stop_reason: 'stop' });
    expect(text).toBe('all');
    await http.upstream.until((upstream) => upstream.open() === 0);
  });

  it('the timeout of the model replaces the limits of first byte and silence', async () => {
    const { end } = await call(http.provider('bad:hang', { options: { timeoutMs: 40 } }));
    expect(end).toMatchObject({ code: 'upstream_timeout' });
  });
});

describe('repeating', () => {
  it.each(['429x2', '500x2', '503x1', '529x2', '408x1', '409x1', 'resetx2', 'retry-after-ms-5x1', 'cut-after-0x1'])(
    'U01, U04: %s is repeated until it works',
    async (fault) => {
      const model = `bad:${fault}`;
      const { end } = await call(http.provider(model));
      expect(end.type).toBe('done');
      expect(http.upstream.calls(model)).toHaveLength(1 + Number(fault.at(-1)));
    },
  );

  it.each(['400', '401', '402', '403', '404', '422', 'insufficient-quota', 'redirect', 'html-200', 'empty-200'])(
    'U03, U07: %s is asked once',
    async (fault) => {
      const model = `bad:${fault}`;
      expect((await call(http.provider(model))).end).toMatchObject({
        type: 'failed',
        retryable: fault === 'empty-200',
      });
      expect(http.upstream.calls(model)).toHaveLength(1);
    },
  );

  it.each(['cut-after-2', 'reset-after-1', 'error-in-data-1', 'stall-after-2'])(
    'U05: %s is not repeated',
    async (fault) => {
      const model = `bad:${fault}`;
      const limits = fault.startsWith('stall') ? { idleMs: 500 } : {};
      const { text } = await call(http.provider(model, { limits }));
      expect(text).not.toBe('');
      expect(http.upstream.calls(model)).toHaveLength(1);
    },
  );

  it('U04: gives up after two repetitions', async () => {
    const { end } = await call(http.provider('bad:503'));
    expect(end).toMatchObject({ type: 'failed', code: 'upstream_unavailable', retryable: true });
    expect(http.upstream.calls('bad:503')).toHaveLength(3);
  });

  it('U01: waits as long as the upstream asks', async () => {
    await call(http.provider('bad:retry-after-ms-60x1'));
    const [first, second] = http.upstream.calls('bad:retry-after-ms-60x1');
    expect((second?.startedAt ?? 0) - (first?.startedAt ?? 0)).toBeGreaterThanOrEqual(60);
  });

  it.each([
    ['retry-after-120', 120],
    ['retry-after-86400', 86_400],
  ])('U02: %s is passed on at once', async (fault, seconds) => {
    const model = `bad:${fault}`;
    const { end } = await call(http.provider(model));
    expect(end).toMatchObject({ code: 'upstream_rate_limited', retryable: true, retry_after: seconds });
    expect(http.upstream.calls(model)).toHaveLength(1);
  });

  it.each(['retry-after--1', 'retry-after-NaN', 'retry-after-past-date'])(
    'U02: %s does not hold it up',
    async (fault) => {
      const model = `bad:${fault}x1`;
      expect((await call(http.provider(model))).end.type).toBe('done');
    },
  );

  it('never repeats more than a fifth of many calls', async () => {
    const provider = http.provider('bad:503');
    for (let i = 0; i < 100; i++) await call(provider);
    expect(http.upstream.calls('bad:503').length).toBeLessThanOrEqual(120);
  });

  it('an abort ends the wait', async () => {
    const provider = http.provider('bad:retry-after-20', { retry: { longestRetryAfterMs: 60_000 } });
    const controller = new AbortController();
    const ended = provider.stream(REQUEST, () => undefined, controller.signal);
    await http.upstream.until((upstream) => upstream.calls('bad:retry-after-20')[0]?.end !== undefined);
    setTimeout(() => controller.abort(), 20);
    expect(await ended).toEqual({ type: 'aborted' });
  });

  it('U04: an upstream that is not there', async () => {
    const { end } = await call(http.provider('any', { base: 'http://127.0.0.1:1/v1' }));
    expect(end).toMatchObject({ code: 'upstream_unavailable', retryable: true });
  });
});
