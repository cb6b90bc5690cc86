import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ModelDelta } from '../../core/ports/model-provider.js';
import { STREAM_FIXTURES } from '../../../test/fixtures/streams/stream-fixtures.js';
import { AnswerReader } from './answer-reader.js';
import type { Conclusion } from '../shared/upstream-call.js';
import { SseDecoder } from '../shared/sse-decoder.js';

interface Read {
  readonly end: Conclusion;
  readonly deltas: readonly ModelDelta[];
}

function read(reads: readonly Buffer[], limits = { maxAnswer: 2 ** 23, maxLine: 2 ** 20 }): Read {
  const deltas: ModelDelta[] = [];
  let ids = 0;
  const reader = new AnswerReader({
    emit: (delta) => deltas.push(delta),
    maxAnswer: limits.maxAnswer,
    newCallId: () => `new_${++ids}`,
  });
  const decoder = new SseDecoder(reader, limits.maxLine);
  for (const bytes of reads) {
    decoder.push(bytes);
    reader.flush();
  }
  if (!reader.closed) {
    reader.tail = decoder.unfinished;
    decoder.end();
    reader.flush();
  }
  return { end: reader.conclude(), deltas };
}

function joined({ deltas }: Read, block: string): string {
  return deltas.map((delta) => (delta.block === block ? delta.text : '')).join('');
}

/** What must not depend on how the bytes were cut: the end, and the text of every block in its order. */
function essence(result: Read): unknown {
  const runs: [string, string][] = [];
  for (const { block, text } of result.deltas) {
    const last = runs.at(-1);
    if (last?.[0] === block) last[1] += text;
    else runs.push([block, text]);
  }
  return { end: result.end, runs };
}

function stream(...chunks: readonly unknown[]): Buffer {
  return Buffer.from(chunks.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join(''));
}

function chunk(delta: unknown, finish: string | null = null, extra: object = {}): unknown {
  return { choices: [{ index: 0, delta, finish_reason: finish }], ...extra };
}

const DONE = chunk({}, 'stop');

describe.each(STREAM_FIXTURES)('a stream like $file', (fixture) => {
  const whole = read([fixture.bytes]);

  it('is read', () => {
    const { end } = whole;
    expect(joined(whole, 'text')).toBe(fixture.text);
    expect(joined(whole, 'thinking')).toBe(fixture.thinking ?? '');
    const [input_tokens, output_tokens, total_tokens, cached_tokens] = fixture.usage ?? [];
    const usage = {
      input_tokens,
      output_tokens,
      total_tokens,
      calls: 1,
      ...(cached_tokens === undefined ? {} : { cached_tokens }),
    };
    expect(end).toMatchObject({ type: 'done', stop_reason: fixture.stop, tool_calls: fixture.calls ?? [] });
    expect('usage' in end ? end.usage : undefined).toEqual(fixture.usage === undefined ? undefined : usage);
  });

  it('U08: is read the same when cut at any byte', () => {
    for (let at = 1; at < fixture.bytes.length; at++) {
      const cut = read([fixture.bytes.subarray(0, at), fixture.bytes.subarray(at)]);
      expect(essence(cut)).toEqual(essence(whole));
    }
  });

  it('is read the same in random pieces and byte by byte', () => {
    const { bytes } = fixture;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), (sizes) => {
        const reads: Buffer[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          reads.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(essence(read(reads))).toEqual(essence(whole));
      }),
      { numRuns: 50 },
    );
    expect(essence(read([...bytes].map((byte) => Buffer.from([byte]))))).toEqual(essence(whole));
  });

  it('U07: never counts as done when it breaks off before its finish reason', () => {
    const text = fixture.bytes.toString('latin1');
    const finish = text.search(/"finish_reason": ?"/);
    for (let at = 0; at < finish; at++) {
      expect(read([fixture.bytes.subarray(0, at)]).end).toMatchObject({ code: 'upstream_truncated' });
    }
  });
});

describe('AnswerReader', () => {
  it('joins the text of one read that belongs to one block', () => {
    const result = read([
      stream(chunk({ reasoning: 'a' }), chunk({ reasoning: 'b' }), chunk({ content: 'c' }), chunk({ content: 'd' })),
      stream(chunk({ content: 'e' }), chunk({ reasoning: 'f' }), DONE),
    ]);
    expect(result.deltas).toEqual([
      { block: 'thinking', text: 'ab', signature: 'reasoning' },
      { block: 'text', text: 'cd' },
      { block: 'text', text: 'e' },
      { block: 'thinking', text: 'f' },
    ]);
  });

  it('says with the first text of a call which one it is, and does not say it of a call without an id', () => {
    const part = (index: number, id: string | undefined, json: string): unknown =>
      chunk({ tool_calls: [{ index, ...(id === undefined ? {} : { id }), function: { name: 'f', arguments: json } }] });
    const result = read([
      stream(part(0, 'a', ''), part(0, undefined, '{"x"'), part(0, undefined, ':1}'), part(1, undefined, '{}')),
      stream(chunk({}, 'tool_calls')),
    ]);
    expect(result.deltas).toEqual([
      { block: 'tool_call:0', text: '{"x":1}', call: { id: 'a', name: 'f' } },
      { block: 'tool_call:1', text: '{}' },
    ]);
  });

  it('takes 200,000 one-letter chunks', () => {
    const letters = Array.from({ length: 200_000 }, (_, i) => String.fromCharCode(97 + (i % 26)));
    const reads = letters.map((content) => stream(chunk({ content })));
    const result = read([...reads, stream(DONE)]);
    expect(joined(result, 'text')).toBe(letters.join(''));
    expect(result.end).toMatchObject({ type: 'done', stop_reason: 'stop' });
  });

  it.each([
    ['no byte', [], 'upstream_truncated'],
    ['no finish reason', [chunk({ content: 'a' })], 'upstream_truncated'],
    ['[DONE] without a finish reason', [chunk({ content: 'a' }), '[DONE]'], 'upstream_truncated'],
    ['no choices at all', [{ choices: [] }, '[DONE]'], 'upstream_truncated'],
    ['half a chunk in between', [chunk({ content: 'a' }), '{"choices":[{"ind', DONE], 'upstream_invalid'],
    ['a chunk that is no object', ['17', DONE], 'upstream_invalid'],
    ['an unknown finish reason', [chunk({ content: 'a' }), chunk({}, 'eternal_sleep')], 'upstream_invalid'],
    ['a content filter', [chunk({ content: 'a' }), chunk({}, 'content_filter')], 'upstream_rejected'],
    ['an upstream out of resources', [chunk({ content: 'a' }, 'insufficient_system_resource')], 'upstream_unavailable'],
    ['an error object', [{ error: { message: 'x', code: 500 } }], 'upstream_unavailable'],
    ['an error text', [{ error: 'x' }], 'upstream_unavailable'],
    ['an error of vLLM', [{ object: 'error', message: 'x', code: 400 }], 'upstream_rejected'],
    ['a rate limit in the stream', [{ error: { type: 'rate_limit_error' } }], 'upstream_rate_limited'],
    ['an error after the text', [chunk({ content: 'a' }), { error: { code: 502 } }], 'upstream_unavailable'],
    ['no text', [chunk({ role: 'assistant', content: '' }), DONE], 'upstream_empty'],
    ['thinking only', [chunk({ reasoning_content: 'hm' }), DONE], 'upstream_empty'],
  ])('%s is failed', (_name, chunks, code) => {
    expect(read([stream(...chunks)]).end).toMatchObject({ code });
  });

  it('reads an error event', () => {
    expect(read([Buffer.from('event: error\ndata: boom\n\n')]).end).toMatchObject({ code: 'upstream_unavailable' });
  });

  it('takes the end of a stream whose last event is whole but not ended', () => {
    const bytes = Buffer.concat([stream(chunk({ content: 'a' })), Buffer.from(`data: ${JSON.stringify(DONE)}`)]);
    expect(read([bytes]).end).toMatchObject({ type: 'done' });
  });

  it('keeps to the first choice', () => {
    const other = { choices: [{ index: 1, delta: { content: 'other' } }] };
    const both = {
      choices: [
        { index: 1, delta: { content: 'x' } },
        { index: 0, delta: { content: 'b' } },
      ],
    };
    const result = read([stream(chunk({ content: 'a' }), other, both, chunk({ content: 'c' }), DONE)]);
    expect(joined(result, 'text')).toBe('abc');
  });

  it.each([
    ['a wrong index', { choices: [{ index: 7, delta: { content: 'a' }, finish_reason: 'stop' }] }],
    ['no index', { choices: [{ delta: { content: 'a' }, finish_reason: 'stop' }] }],
    ['a whole message', { choices: [{ index: 0, message: { content: 'a' }, finish_reason: 'stop' }] }],
    [
      'text parts',
      { choices: [{ index: 0, delta: { content: [{ type: 'text', text: 'a' }] }, finish_reason: 'stop' }] },
    ],
    ['a refusal', { choices: [{ index: 0, delta: { refusal: 'a' }, finish_reason: 'stop' }] }],
  ])('tolerates %s', (_name, only) => {
    const odd = [{ choices: null }, { choices: [null] }, chunk(null), chunk({ content: null }), chunk(17)];
    const result = read([stream(only, ...odd)]);
    expect(joined(result, 'text')).toBe('a');
    expect(result.end).toMatchObject({ type: 'done', stop_reason: 'stop' });
  });

  it('ignores named events that it does not know', () => {
    const bytes = Buffer.concat([Buffer.from('event: ping\ndata: hello\n\n'), stream(chunk({ content: 'a' }, 'stop'))]);
    expect(read([bytes]).end).toMatchObject({ type: 'done' });
  });

  it.each([
    [{ prompt_tokens: -5, completion_tokens: 1e12, total_tokens: 'many' }, [0, 1e9, 1e9]],
    [{ prompt_tokens: 3, completion_tokens: 4 }, [3, 4, 7]],
    [{ prompt_tokens: 3, completion_tokens: 4, total_tokens: 9 }, [3, 4, 9]],
    [
      {
        prompt_tokens: 9,
        completion_tokens: 1,
        cache_read_input_tokens: 5,
        prompt_tokens_details: { cached_tokens: 2 },
      },
      [9, 1, 10, 5],
    ],
    [{ prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 50 } }, [1, 1, 2, 1]],
    [{ prompt_tokens: 3, completion_tokens: 4, total_tokens: 5 }, [3, 4, 7]],
    [{ prompt_tokens: 3, total_tokens: 8 }, [3, 5, 8]],
  ])('U12: clamps usage %j', (usage, [input_tokens, output_tokens, total_tokens, cached_tokens]) => {
    const { end } = read([stream(chunk({ content: 'a' }, 'stop', { usage }))]);
    const expected = { input_tokens, output_tokens, total_tokens, calls: 1 };
    expect(end).toMatchObject({ usage: cached_tokens === undefined ? expected : { ...expected, cached_tokens } });
  });

  it.each([
    [{ cache_creation_input_tokens: 3, prompt_tokens_details: { cache_write_tokens: 9 } }, { cache_write_tokens: 3 }],
    [
      { cache_read_input_tokens: 6, cache_creation_input_tokens: 6 },
      { cached_tokens: 6, cache_write_tokens: 4 },
    ],
    [{ prompt_cache_hit_tokens: 2 }, { cached_tokens: 2 }],
    [{ completion_tokens_details: { reasoning_tokens: 4 }, reasoning_tokens: 1 }, { reasoning_tokens: 4 }],
    [{ completion_tokens_details: { reasoning_tokens: -4 } }, { reasoning_tokens: 0 }],
    [{ completion_tokens_details: { reasoning_tokens: 1e12 } }, { reasoning_tokens: 5 }],
  ])('counts caches and thinking of %j as parts of the rest', (details, parts) => {
    const usage = { prompt_tokens: 10, completion_tokens: 5, ...details };
    const { end } = read([stream(chunk({ content: 'a' }, 'stop', { usage }))]);
    expect('usage' in end ? end.usage : undefined).toEqual({
      input_tokens: 10,
      output_tokens: 5,
      total_tokens: 15,
      calls: 1,
      ...parts,
    });
  });

  it('ends an answer or a line that is too long', () => {
    const long = stream(...Array.from({ length: 20 }, () => chunk({ content: 'ten chars.' })), DONE);
    expect(read([long], { maxAnswer: 100, maxLine: 1000 }).end).toMatchObject({ code: 'upstream_too_large' });
    expect(read([long], { maxAnswer: 1000, maxLine: 50 }).end).toMatchObject({ code: 'upstream_too_large' });
    expect(joined(read([long], { maxAnswer: 100, maxLine: 1000 }), 'text')).toHaveLength(100);
  });
});
