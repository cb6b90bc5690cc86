import { parseJson } from '../shared/json.js';

const PROBE = 'parley probe';
/** So many templates in a row that no later chunk matched: this upstream's chunks differ too much to learn from. */
const GIVE_UP_AFTER = 8;
/** Fields some upstreams fill with random characters at the end of a chunk, to hide the lengths of tokens. */
const PADDINGS: readonly string[] = ['obfuscation', 'p'];
const QUOTE = 34;
const BACKSLASH = 92;
const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map([
  [110, '\n'],
  [116, '\t'],
  [114, '\r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
  [47, '/'],
]);

/**
 * What the plain text deltas of one stream have in common, learned from one of them that was parsed as JSON: everything
 * before and everything behind the text. A chunk with the same head and tail means the same but for its text, so it
 * needs no parsing; a chunk that differs in anything is parsed.
 */
export class ChunkTemplate {
  #head: string | undefined;
  #tail = '';
  /** Where it ends in random padding: what follows that. */
  #end = '';
  #unused = 0;

  /** The text of a chunk that fits; undefined for any other. */
  match(source: string, start: number, end: number): string | undefined {
    const head = this.#head;
    if (head === undefined) return undefined;
    const from = start + head.length;
    // Not `startsWith`, which compares unit by unit and costs four times as much here.
    if (source.slice(start, from) !== head) return undefined;
    const to = this.#end === '' ? end - this.#tail.length : this.#beforePadding(source, from, end);
    if (to < from || source.slice(to, to + this.#tail.length) !== this.#tail) return undefined;
    const text = decode(source, from, to);
    if (text !== undefined) this.#unused = 0;
    return text;
  }

  /** Learns from a chunk that was read as a plain text delta. `textOf` says what a chunk's text is. */
  learn(chunk: string, textOf: (parsed: unknown) => string | undefined): void {
    if (this.#unused > GIVE_UP_AFTER) return;
    // The first one teaches nothing: an answer of one chunk would pay for it and have no use of it.
    if (this.#unused++ === 0 && this.#head === undefined) return;
    const from = startOfText(chunk);
    const to = from < 0 ? -1 : endOfString(chunk, from);
    if (to < 0) return;
    const head = chunk.slice(0, from);
    const tail = chunk.slice(to);
    if (textOf(parseJson(head + PROBE + tail)) !== PROBE) return;
    const padding = paddingOf(tail);
    this.#head = head;
    this.#tail = tail.slice(0, tail.length - padding.length);
    this.#end = padding === '' ? '' : padding.slice(padding.indexOf('"'));
  }

  /** Where the text ends if the chunk ends in padding, whose length says nothing about it. */
  #beforePadding(source: string, from: number, end: number): number {
    const to = endOfString(source, from);
    const padding = to + this.#tail.length;
    const close = end - this.#end.length;
    const padded = to > 0 && source.indexOf('"', padding) === close && source.endsWith(this.#end, end);
    return padded && source.charCodeAt(close - 1) !== BACKSLASH ? to : -1;
  }
}

/** The value of the JSON string between two positions; undefined if that is not all of one string. */
function decode(source: string, from: number, to: number): string | undefined {
  for (let at = from; at < to; at++) {
    const unit = source.charCodeAt(at);
    if (unit === QUOTE) return undefined;
    if (unit === BACKSLASH) return decodeEscapes(source.slice(from, to));
  }
  return source.slice(from, to);
}

/** The short escapes by hand, which is what text is full of; anything else, and what is wrong, is the JSON parser's. */
function decodeEscapes(raw: string): string | undefined {
  let text = '';
  let at = 0;
  for (let slash = raw.indexOf('\\'); slash >= 0; slash = raw.indexOf('\\', at)) {
    const unit = SHORT_ESCAPES.get(raw.charCodeAt(slash + 1));
    const plain = raw.slice(at, slash);
    if (unit === undefined || plain.includes('"')) return stringOf(raw);
    text += plain + unit;
    at = slash + 2;
  }
  const rest = raw.slice(at);
  return rest.includes('"') ? undefined : text + rest;
}

function stringOf(raw: string): string | undefined {
  const parsed = parseJson(`"${raw}"`);
  return typeof parsed === 'string' ? parsed : undefined;
}

function startOfText(chunk: string): number {
  const at = chunk.indexOf('"content":');
  if (at < 0) return -1;
  const quote = chunk.charCodeAt(at + 10) === QUOTE ? at + 10 : at + 11;
  return chunk.charCodeAt(quote) === QUOTE ? quote + 1 : -1;
}

function endOfString(chunk: string, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const unit = chunk.charCodeAt(at);
    if (unit === QUOTE) return at;
    if (unit === BACKSLASH) at++;
  }
  return -1;
}

/** The padding at the end of a tail together with what closes it (`x7Qa"}`), or nothing. */
function paddingOf(tail: string): string {
  const found = /"(\w+)": ?"([A-Za-z0-9+/=]*)("\s*\})$/.exec(tail);
  const [, name, value, close] = found ?? [];
  if (name === undefined || value === undefined || close === undefined || !PADDINGS.includes(name)) return '';
  return value + close;
}
