import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SseDecoder } from './sse-decoder.js';
import type { SseSink } from './sse-decoder.js';
import { processorTime } from '../../../test/support/processor-time.js';

class Events implements SseSink {
  constructor(readonly everyLine = false) {}

  closed = false;
  overflowed = false;
  readonly seen: string[] = [];

  data(source: string, start: number, end: number, event: string): void {
    this.seen.push(event === '' ? source.slice(start, end) : `${event}|${source.slice(start, end)}`);
  }

  tooLong(): void {
    this.overflowed = true;
    this.closed = true;
  }
}

function decode(reads: readonly Buffer[], maxLine = 1000): Events {
  const events = new Events();
  const decoder = new SseDecoder(events, maxLine);
  for (const read of reads) decoder.push(read);
  return events;
}

function seen(text: string): readonly string[] {
  return decode([Buffer.from(text)]).seen;
}

describe('SseDecoder', () => {
  it.each([
    ['LF', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['line ends that differ', 'data: a\r\n\ndata: b\n\r\ndata: c\r\n\r', ['a', 'b', 'c']],
    ['no space', 'data:a\n\ndata:  b\n\n', ['a', ' b']],
    ['several lines', 'data: a\ndata: b\n\n', ['a\nb']],
    ['a line that is only the name', 'data: a\ndata\ndata: b\n\n', ['a\n\nb']],
    ['comments', ': hi\n:\ndata: a\n: in between\n\n', ['a']],
    ['a byte order mark', '\uFEFFdata: a\n\n', ['a']],
    ['a second byte order mark', '\uFEFF\uFEFFdata: a\n\n', []],
    ['other fields', 'id: 1\nretry: 2\ndatax: 3\ndata: a\n\n', ['a']],
    ['event names, one event long', 'event: ping\ndata: a\n\ndata: b\n\n', ['ping|a', 'b']],
    ['an event name without data', 'event: ping\n\ndata: b\n\n', ['b']],
    ['empty data', 'data:\n\ndata: \n\n', []],
    ['no blank line yet', 'data: a\n', []],
    ['other line separators of Unicode', 'data: a\u2028b\u0085c\n\n', ['a\u2028b\u0085c']],
  ])('reads %s', (_name, text, expected) => {
    expect(seen(text)).toEqual(expected);
  });

  it('hands on every data line, where its sink wants that', () => {
    const events = new Events(true);
    const decoder = new SseDecoder(events, 1000);
    for (const read of ['data: a\nda', 'ta: b\ndata: c\n\ndata: d\r\ndata: e']) decoder.push(Buffer.from(read));
    decoder.end();
    expect(events.seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('gives the same events however the bytes are cut', () => {
    const piece = fc.constantFrom(
      'data: x',
      'data:é',
      'data: 東🙂',
      '\n',
      '\n',
      '\r',
      '\r\n',
      ': c',
      'event: e',
      'data',
      '\uFEFF',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(400)), (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''));
        const at = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].toSorted(
          (a, b) => a - b,
        );
        const reads = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        expect(decode(reads).seen).toEqual(decode([bytes]).seen);
        expect(decode([...bytes].map((byte) => Buffer.from([byte]))).seen).toEqual(decode([bytes]).seen);
      }),
      { numRuns: 500 },
    );
  });

  it('replaces bytes that are no UTF-8 and goes on', () => {
    const bad = Buffer.concat([Buffer.from('data: a'), Buffer.from([0xff, 0xc3]), Buffer.from('b\n\n')]);
    expect(decode([bad]).seen).toEqual(['a\uFFFD\uFFFDb']);
  });

  it.each([
    ['a complete line', `data: ${'x'.repeat(1000)}\n\n`],
    ['a line without an end', 'x'.repeat(1001)],
    ['the lines of one event', `data: ${'x'.repeat(600)}\n`.repeat(2)],
    ['a comment', `:${'x'.repeat(1000)}\n`],
  ])('lets go of %s over the limit', (_name, text) => {
    expect(decode([Buffer.from(text)]).overflowed).toBe(true);
    expect(decode([...Buffer.from(text)].map((byte) => Buffer.from([byte]))).overflowed).toBe(true);
  });

  it('takes a long line in very small reads in linear time', () => {
    const reads = Array.from({ length: 1_000_000 }, () => Buffer.from('x'));
    const started = processorTime();
    const events = decode([Buffer.from('data: '), ...reads, Buffer.from('\n\n')], 2 ** 20);
    expect(events.seen[0]).toHaveLength(1_000_000);
    expect(processorTime() - started).toBeLessThan(20_000);
  });

  it('stops when its sink is closed', () => {
    const events = new Events();
    events.data = () => {
      events.closed = true;
      events.seen.push('one');
    };
    new SseDecoder(events, 100).push(Buffer.from('data: a\n\ndata: b\n\n'));
    expect(events.seen).toEqual(['one']);
  });
});
