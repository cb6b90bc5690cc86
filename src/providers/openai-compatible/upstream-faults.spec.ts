import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';
import { HttpProviders, TEST_KEY } from '../../../test/contracts/model-provider/http-providers.js';
import { call } from '../../../test/contracts/model-provider/provider-suite.js';
import type { Reply } from '../../../test/support/upstream/script-book.js';
import { SystemClock } from '../../runtime/system-clock.js';

let http: HttpProviders;

beforeAll(async () => {
  http = await HttpProviders.start();
});
afterAll(async () => {
  await http.stop();
});
beforeEach(() => http.upstream.reset());

/** Real time, in which a wait of a second is over in ten milliseconds; it remembers the long ones. */
class HastyClock extends SystemClock {
  readonly waits: number[] = [];

  override after(ms: number, callback: () => void): () => void {
    if (ms < 900) return super.after(ms, callback);
    this.waits.push(ms);
    return super.after(ms / 100, callback);
  }
}

describe('U01: a rate limit', () => {
  it.each([
    ['retry-after-1', 1000],
    ['retry-after-ms-1500', 1500],
  ])('%s: waits at least that, and a bit, at most twice', async (fault, least) => {
    const model = `bad:${fault}`;
    const clock = new HastyClock();
    const { end } = await call(http.provider(model, { clock, retry: { baseMs: 500, capMs: 8000 } }));
    expect(end).toMatchObject({ type: 'failed', code: 'upstream_rate_limited', retryable: true });
    expect(http.upstream.calls(model)).toHaveLength(3);
    expect(clock.waits).toHaveLength(2);
    for (const wait of clock.waits) expect(wait).toBeGreaterThanOrEqual(least);
  });

  it('with a date: waits until then', async () => {
    const headers = { 'retry-after': new Date(Date.now() + 20_000).toUTCString() };
    http.upstream.script('dated', [{ status: 429, headers }, { text: 'a' }]);
    const clock = new HastyClock();
    expect((await call(http.provider('dated', { clock }))).end.type).toBe('done');
    expect(clock.waits).toEqual([expect.any(Number)]);
    expect(clock.waits[0]).toBeGreaterThan(10_000);
  });

  it('does not wait beyond the time of the call', async () => {
    const clock = new HastyClock();
    const { end } = await call(http.provider('bad:retry-after-20', { clock, limits: { totalMs: 10_000 } }));
    expect(end).toMatchObject({ code: 'upstream_rate_limited', retry_after: 20 });
    expect(clock.waits).toEqual([]);
  });
});

describe('U02: Retry-After', () => {
  it.each(['--1', '-NaN', '-past-date', '-120', '-86400'])('%s: never sleeps for more than 30 s', async (after) => {
    const clock = new HastyClock();
    const { end } = await call(http.provider(`bad:retry-after${after}`, { clock, retry: { baseMs: 500 } }));
    expect(end).toMatchObject({ type: 'failed', code: 'upstream_rate_limited' });
    expect(Math.max(0, ...clock.waits)).toBeLessThanOrEqual(30_000);
  });
});

describe('U03: a refusal', () => {
  it.each([
    ['insufficient-quota', 'upstream_rate_limited'],
    ['400', 'upstream_rejected'],
    ['401', 'upstream_auth'],
    ['402', 'upstream_rejected'],
    ['403', 'upstream_auth'],
    ['404', 'upstream_rejected'],
  ])('%s is %s, after one call', async (fault, code) => {
    const { end } = await call(http.provider(`bad:${fault}`));
    expect(end).toMatchObject({ type: 'failed', code, retryable: false });
    expect(http.upstream.calls()).toHaveLength(1);
    expect(JSON.stringify(end)).not.toContain(TEST_KEY);
  });
});

describe('U05: a failure after the first token', () => {
  it.each([
    ['cut-after-2', 'upstream_truncated'],
    ['reset-after-2', 'upstream_truncated'],
    ['eof-after-2', 'upstream_truncated'],
    ['half-json-tail', 'upstream_truncated'],
    ['error-in-data-2', 'upstream_unavailable'],
    ['stall-after-2', 'upstream_timeout'],
  ])('%s: the text so far, then %s', async (fault, code) => {
    const model = `bad:${fault}`;
    const whole = await call(http.provider(`scripted@${fault}`));
    const limits = fault.startsWith('stall') ? { idleMs: 500 } : {};
    const { end, text } = await call(http.provider(model, { limits }));
    expect(end).toMatchObject({ type: 'failed', code });
    expect(text).not.toBe('');
    expect(whole.text.startsWith(text)).toBe(true);
    expect(http.upstream.calls(model)).toHaveLength(1);
  });
});

describe('U06: silence', () => {
  it('has a sentence of its own for each of its four kinds', async () => {
    const dispatcher = new Agent({ connect: () => undefined });
    const kinds = [
      ['any', { dispatcher, limits: { connectMs: 40 } }],
      ['bad:hang', { limits: { firstByteMs: 40 } }],
      ['bad:stall-after-2', { limits: { idleMs: 40 } }],
      ['bad:slow-bytes-5', { limits: { totalMs: 60 } }],
    ] as const;
    const ends = await Promise.all(kinds.map(async ([model, settings]) => call(http.provider(model, settings))));
    await dispatcher.destroy();
    expect(ends.map(({ end }) => (end.type === 'failed' ? [end.code, end.message] : end.type))).toEqual(
      [
        'did not accept a connection in time (0.04 s)',
        'accepted the call but did not begin to answer in time (0.04 s)',
        'began to answer and then fell silent for too long (0.04 s)',
        'did not finish its answer in the time a call may take (0.06 s)',
      ].map((what) => ['upstream_timeout', `The provider of model "tested" ${what}.`]),
    );
  });
});

const SAID = { index: 0, delta: { content: 'all of it' } };
const STREAM: Readonly<Record<string, string>> = { 'content-type': 'text/event-stream' };
const JSON_TYPE: Readonly<Record<string, string>> = { 'content-type': 'application/json' };

function events(...chunks: readonly unknown[]): Reply {
  return { chunks: chunks.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`) };
}

/** Whole JSON documents where a stream was asked for. */
function document(body: unknown): Reply {
  return { chunks: [typeof body === 'string' ? body : JSON.stringify(body)], headers: JSON_TYPE };
}

const DAMAGED: Readonly<Record<string, Reply>> = {
  'EOF without a finish reason': events({ choices: [SAID] }),
  '[DONE] without a finish reason': events({ choices: [SAID] }, '[DONE]'),
  '[DONE] alone': events('[DONE]'),
  'a finish reason that is empty': events({ choices: [{ ...SAID, finish_reason: '' }] }, '[DONE]'),
  'half JSON at the end': { chunks: [`data: ${JSON.stringify({ choices: [SAID] })}\n\ndata: {"choices":[{"ind`] },
  'a web page': { chunks: ['<!doctype html><p>Welcome'], headers: { 'content-type': 'text/html' } },
  'a web page that calls itself a stream': { chunks: ['<!doctype html>\n<p>Welcome\n\n'], headers: STREAM },
  nothing: { chunks: [], headers: STREAM },
  'nothing, as JSON': { chunks: [], headers: JSON_TYPE },
  'comments only': { chunks: [': keep-alive\n\n'], headers: STREAM },
  'stop without any text': events({ choices: [{ index: 0, delta: { content: '' }, finish_reason: 'stop' }] }, '[DONE]'),
  'tool_calls without any call': events({ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }, '[DONE]'),
  'an unknown finish reason': events({ choices: [{ ...SAID, finish_reason: 'eternal_sleep' }] }, '[DONE]'),
  'an error object in the data': events({ choices: [SAID] }, { error: { message: 'overloaded' } }),
  'an error event': { chunks: ['event: error\ndata: {"message":"overloaded"}\n\n'] },
  'a document without a finish reason': document({ choices: [{ message: { content: 'all of it' } }] }),
  'half a document': document('{"choices":[{"message":{"content":"all'),
  'a document with an error': document({ error: { message: 'overloaded' } }),
  'a document of another kind': document({ status: 'ok' }),
  'a list': document([]),
};

describe('U07, U09, U12: a damaged answer is never taken for one', () => {
  it.each(Object.keys(DAMAGED))('%s', async (shape) => {
    const reply = DAMAGED[shape];
    if (reply !== undefined) http.upstream.script('damaged', reply);
    const { end } = await call(http.provider('damaged'));
    expect(end).toMatchObject({
      type: 'failed',
      code: expect.stringMatching(/^upstream_(?:truncated|invalid|empty|unavailable)$/),
    });
  });
});

describe('U10: too much', () => {
  it.each(['bad:line-16m', 'bad:no-newline'])('%s is cut off at the limit of a line', async (model) => {
    const { end } = await call(http.provider(model));
    expect(end).toMatchObject({ type: 'failed', code: 'upstream_too_large' });
    await http.upstream.until((upstream) => upstream.calls(model)[0]?.end === 'aborted');
  });
});

describe('U12: usage', () => {
  it('is clamped, so that no bill is negative or endless', async () => {
    const { end } = await call(http.provider('bad:usage-weird'));
    expect(end.usage).toEqual({ input_tokens: 0, output_tokens: 1e9, total_tokens: 1e9, calls: 1 });
    expect((await call(http.provider('bad:usage-missing'))).end.usage).toBeUndefined();
  });
});
