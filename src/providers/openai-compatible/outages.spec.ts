import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Dispatcher } from 'undici';
import { HttpProviders } from '../../../test/contracts/model-provider/http-providers.js';
import { REQUEST, call } from '../../../test/contracts/model-provider/provider-suite.js';
import { ManualClock } from '../../../test/runs/fakes.js';
import type { ModelEnd } from '../../core/ports/model-provider.js';
import { SystemClock } from '../../runtime/system-clock.js';

let http: HttpProviders;

beforeAll(async () => {
  http = await HttpProviders.start();
});
afterAll(async () => {
  await http.stop();
});
beforeEach(() => http.upstream.reset());

/** Real timers, and a time of day that the test moves. */
class MovedClock extends SystemClock {
  moved = 0;

  override now(): number {
    return this.moved;
  }
}

describe('U04: an upstream that is down', () => {
  it.each(['500', '502', '503', '504', '529', 'reset'])(
    'is asked five times for %s, then left alone, then asked once, then used again',
    async (fault) => {
      const model = `bad:${fault}x6`;
      const clock = new MovedClock();
      const provider = http.provider(model, { clock });
      const asked = async (): Promise<[ModelEnd, number]> => [
        (await call(provider)).end,
        http.upstream.calls(model).length,
      ];
      const failed = { type: 'failed', code: 'upstream_unavailable', retryable: true };
      expect(await asked()).toEqual([expect.objectContaining(failed), 3]);
      expect(await asked()).toEqual([expect.objectContaining(failed), 5]);
      const refused = {
        ...failed,
        retry_after: 1,
        message: 'The provider of model "tested" failed several times in a row and is left alone for a moment.',
      };
      expect(await asked()).toEqual([refused, 5]);
      expect(provider.health()).toEqual({ healthy: false, last_error: refused.message });
      clock.moved += 150;
      expect(await asked()).toEqual([expect.objectContaining(failed), 6]);
      expect(await asked()).toEqual([refused, 6]);
      clock.moved += 150;
      expect(await asked()).toEqual([expect.objectContaining({ type: 'done' }), 7]);
      expect(await asked()).toEqual([expect.objectContaining({ type: 'done' }), 8]);
    },
  );

  it.each([
    ['refuses the connection', () => 'http://127.0.0.1:1/v1'],
    ['has no address', () => 'http://nowhere.invalid/v1'],
    ['speaks no TLS', () => http.upstream.url.replace('http:', 'https:')],
  ])('and %s is left alone too', async (_what, base) => {
    const provider = http.provider('any', { base: base(), clock: new MovedClock() });
    await call(provider);
    await call(provider);
    const { end } = await call(provider);
    expect(end).toMatchObject({ code: 'upstream_unavailable', message: expect.stringContaining('left alone') });
    expect(http.upstream.calls()).toHaveLength(0);
  });

  it('lets those that had begun wait for their repetitions, which then are made', async () => {
    const provider = http.provider('bad:503x9', {
      retry: { baseMs: 50, capMs: 1000 },
      breaker: { shortestPauseMs: 1 },
    });
    const ends = await Promise.all(Array.from({ length: 9 }, () => call(provider)));
    expect(ends.map(({ end }) => end.type)).toEqual(ends.map(() => 'done'));
  });

  it('does not stand in the way of the other models there', async () => {
    const provider = http.provider('bad:503', { clock: new MovedClock() });
    await call(provider);
    await call(provider);
    expect((await call(provider)).end).toMatchObject({ message: expect.stringContaining('left alone') });
    expect((await call(provider, { ...REQUEST, upstream_id: 'text:2' })).end.type).toBe('done');
  });

  it('a model that does not understand a parameter is no outage, also when it is asked for the first time after one', async () => {
    const clock = new MovedClock();
    const refusal = {
      status: 400,
      body: { error: { message: "'temperature' is not supported", param: 'temperature' } },
    };
    const down = { status: 503 };
    http.upstream.script('picky', [down, down, down, down, down, refusal, { text: 'a' }]);
    const provider = http.provider('picky', { clock });
    await call(provider);
    await call(provider);
    clock.moved += 150;
    expect((await call(provider, { ...REQUEST, temperature: 1 })).end.type).toBe('done');
  });
});

/** An upstream in no time at all: two seconds up, two seconds down. */
class FlappingDispatcher extends Dispatcher {
  calls = 0;
  readonly #clock: ManualClock;
  readonly #start: number;

  constructor(clock: ManualClock) {
    super();
    this.#clock = clock;
    this.#start = clock.now();
  }

  get up(): boolean {
    return Math.floor((this.#clock.now() - this.#start) / 2000) % 2 === 0;
  }

  override dispatch(_options: unknown, handler: Dispatcher.DispatchHandler): boolean {
    this.calls++;
    const controller = { aborted: false, paused: false, reason: null, abort: noop, pause: noop, resume: noop };
    handler.onRequestStart?.(controller, undefined);
    handler.onResponseStart?.(controller, this.up ? 200 : 503, { 'content-type': 'text/event-stream' });
    const chunk = { choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'stop' }] };
    if (this.up)
      handler.onResponseData?.(controller, Buffer.from(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`));
    handler.onResponseEnd?.(controller, {});
    return true;
  }
}

function noop(): void {
  // Nothing to do.
}

describe('U21: an upstream that is up for 2 s and down for 2 s, for a minute', () => {
  it.each([10, 50, 200])(
    'a call every %d ms: answered when it is up, without more calls than that takes',
    async (everyMs) => {
      const clock = new ManualClock();
      const dispatcher = new FlappingDispatcher(clock);
      const provider = http.provider('any', { clock, dispatcher, retry: { baseMs: 500, capMs: 8000 } });
      const good: Promise<boolean>[] = [];
      let all = 0;
      for (let at = 0; at < 60_000; at += everyMs) {
        const answered = provider
          .stream(REQUEST, noop, new AbortController().signal)
          .then((end) => end.type === 'done');
        if (dispatcher.up) good.push(answered);
        all++;
        await new Promise((resolve) => setImmediate(resolve));
        clock.advance(everyMs);
      }
      clock.advance(60_000);
      const answered = (await Promise.all(good)).filter(Boolean).length;
      expect(answered / good.length).toBeGreaterThanOrEqual(0.95);
      expect(dispatcher.calls / all).toBeLessThanOrEqual(1.2);
    },
  );
});
