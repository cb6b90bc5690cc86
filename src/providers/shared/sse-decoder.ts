/** Takes the events of a stream. The data of an event is `source.slice(start, end)`: who does not need it, cuts nothing. */
export interface SseSink {
  /** True stops the decoder: nothing more is wanted. */
  readonly closed: boolean;
  /** Data lines are events of their own, also where no blank line ends them. */
  readonly everyLine?: boolean;
  data(source: string, start: number, end: number, event: string): void;
  /** A line, or the lines of one event, went over the limit; the decoder has let go of it. */
  tooLong(): void;
}

const LF = 10;
const SPACE = 32;
const COLON = 58;
const SMALL_D = 100;

/**
 * Server-sent events (WHATWG HTML §9.2.6) from raw reads. A read may be cut anywhere, also inside a character or a CRLF;
 * every character is looked at a constant number of times, however small the reads are.
 */
export class SseDecoder {
  readonly #sink: SseSink;
  readonly #maxLine: number;
  readonly #everyLine: boolean;
  /** Bytes of a character whose rest is in the next read. */
  #held: Buffer | undefined;
  /** A line whose end is in a later read. Only appended to (a rope): flattened once, when its end has come. */
  #line = '';
  /** The data lines of an event whose blank line has not come. */
  #data: string | undefined;
  #event = '';
  #begun = false;
  #skipLineFeed = false;

  /** `maxLine` is in UTF-16 units, for a line and for the data lines of one event together. */
  constructor(sink: SseSink, maxLine: number) {
    this.#sink = sink;
    this.#maxLine = maxLine;
    this.#everyLine = sink.everyLine === true;
  }

  /** Takes one read and hands on the events that it completes. */
  push(read: Buffer): void {
    let text = this.#decode(read);
    if (text === '') return;
    if (!this.#begun) {
      this.#begun = true;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    if (this.#skipLineFeed && text !== '') {
      this.#skipLineFeed = false;
      if (text.charCodeAt(0) === LF) text = text.slice(1);
    }
    if (this.#line === '') this.#scan(text);
    else if (text.includes('\n') || text.includes('\r')) this.#scan(this.#line + text);
    else this.#keep(this.#line + text);
  }

  /**
   * The upstream ended. Strictly an event without its blank line is dropped; we hand it on, since what is in it is
   * either whole (its JSON parses) or known to be cut.
   */
  end(): void {
    if (this.#held !== undefined) this.#line += this.#held.toString();
    this.#held = undefined;
    if (!this.#sink.closed) this.#scan(`${this.#line}\n\n`);
  }

  /** True if the last line or event was not ended as the format asks. */
  get unfinished(): boolean {
    return this.#line !== '' || this.#data !== undefined || this.#held !== undefined;
  }

  #scan(text: string): void {
    const sink = this.#sink;
    let at = 0;
    let carriageReturn = text.indexOf('\r');
    while (!sink.closed) {
      let end = text.indexOf('\n', at);
      let next = end + 1;
      if (carriageReturn >= 0 && (end < 0 || carriageReturn < end)) {
        end = carriageReturn;
        next = this.#afterCarriageReturn(text, end);
        carriageReturn = text.indexOf('\r', next);
      }
      if (end < 0) break;
      at = this.#takeLine(text, at, end, next);
    }
    if (!sink.closed) this.#keep(at === 0 ? text : text.slice(at));
  }

  #afterCarriageReturn(text: string, at: number): number {
    if (text.charCodeAt(at + 1) === LF) return at + 2;
    this.#skipLineFeed = at + 1 === text.length;
    return at + 1;
  }

  /** One line, without its end. Returns where to go on: behind the blank line if that ended the event. */
  #takeLine(text: string, at: number, end: number, next: number): number {
    if (end - at > this.#maxLine) {
      this.#overflow();
    } else if (text.charCodeAt(at) === SMALL_D && text.charCodeAt(at + 4) === COLON && text.startsWith('data', at)) {
      const start = text.charCodeAt(at + 5) === SPACE ? at + 6 : at + 5;
      if (this.#data === undefined && text.charCodeAt(next) === LF) {
        this.#dispatch(text, start, end);
        return next + 1;
      }
      if (this.#everyLine) this.#dispatch(text, start, end);
      else this.#append(text.slice(start, end));
    } else if (at === end) {
      const data = this.#data;
      this.#data = undefined;
      this.#dispatch(data ?? '', 0, data?.length ?? 0);
    } else {
      this.#takeField(text.slice(at, end));
    }
    return next;
  }

  #takeField(line: string): void {
    if (line === 'data') this.#append('');
    else if (line.startsWith('event:')) this.#event = line.slice(line.charCodeAt(6) === SPACE ? 7 : 6);
    else if (line === 'event') this.#event = '';
  }

  #append(data: string): void {
    this.#data = this.#data === undefined ? data : `${this.#data}\n${data}`;
    if (this.#data.length > this.#maxLine) this.#overflow();
  }

  #dispatch(source: string, start: number, end: number): void {
    const event = this.#event;
    this.#event = '';
    if (start < end) this.#sink.data(source, start, end, event);
  }

  #keep(line: string): void {
    this.#line = line;
    if (line.length > this.#maxLine) this.#overflow();
  }

  #overflow(): void {
    this.#line = '';
    this.#data = undefined;
    this.#sink.tooLong();
  }

  #decode(read: Buffer): string {
    let bytes = read;
    if (this.#held !== undefined) {
      bytes = Buffer.concat([this.#held, read]);
      this.#held = undefined;
    }
    const last = bytes.length - 1;
    if (last < 0) return '';
    if ((bytes[last] ?? 0) < 0x80) return bytes.toString();
    const whole = wholeCharacters(bytes);
    if (whole <= last) this.#held = Buffer.from(bytes.subarray(whole));
    return bytes.toString('utf8', 0, whole);
  }
}

/** How many bytes there are without a character at the end that is cut. */
function wholeCharacters(bytes: Buffer): number {
  const { length } = bytes;
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] ?? 0;
    if (byte < 0x80) return length;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? length - back : length;
    }
  }
  return length;
}
