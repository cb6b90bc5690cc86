import { ParleyError } from '../../core/kernel/parley-error.js';

export interface JsonLimits {
  /** Levels of objects and lists. */
  readonly depth: number;
  /** Values, in all. */
  readonly nodes: number;
  /** Keys of one object, repeated ones too. */
  readonly keys: number;
}

/**
 * Refuses JSON that nests too deeply or has too many parts before it is parsed: parsing and, later, writing it would
 * exhaust the stack, and an object of many keys can be made slow to build. One pass over the bytes, whatever they are.
 *
 * @throws ParleyError `invalid_request`
 */
export function checkJson(bytes: Uint8Array, limits: JsonLimits): void {
  const shape = new Shape(limits);
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    switch (byte) {
      case 0x20: // blanks
      case 0x09:
      case 0x0a:
      case 0x0d:
        break;
      case 0x22: // "
        shape.value();
        at = endOfText(bytes, at);
        break;
      case 0x7b: // {
      case 0x5b: // [
        shape.value();
        shape.open(byte === 0x7b);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        shape.close();
        break;
      case 0x2c: // ,
        shape.comma();
        break;
      default:
        shape.value();
    }
  }
}

function endOfText(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
  return at;
}

/** What is open at a point of a JSON text, and how much was seen. */
class Shape {
  #nodes = 1;
  /** Keys so far of each open object; a negative number for a list. */
  readonly #open: number[] = [];
  /** Something was opened and nothing was in it yet. */
  #fresh = false;

  constructor(private readonly limits: JsonLimits) {}

  /** Something that is no blank and no closing bracket: the first part of what was opened, or more of the same part. */
  value(): void {
    if (!this.#fresh) return;
    this.#fresh = false;
    this.#part();
  }

  open(isObject: boolean): void {
    if (this.#open.length >= this.limits.depth)
      throw new ParleyError('invalid_request', `the body nests deeper than ${this.limits.depth} levels`);
    this.#open.push(isObject ? 0 : Number.NEGATIVE_INFINITY);
    this.#fresh = true;
  }

  close(): void {
    this.#open.pop();
    this.#fresh = false;
  }

  comma(): void {
    this.#fresh = false;
    this.#part();
  }

  #part(): void {
    if (++this.#nodes > this.limits.nodes)
      throw new ParleyError('invalid_request', `the body has more than ${this.limits.nodes} values`);
    const level = this.#open.length - 1;
    const keys = (this.#open[level] ?? Number.NEGATIVE_INFINITY) + 1;
    if (level >= 0) this.#open[level] = keys;
    if (keys > this.limits.keys)
      throw new ParleyError('invalid_request', `an object in the body has more than ${this.limits.keys} keys`);
  }
}

/**
 * Refuses a text that is larger than a message may be, wherever in a body it stands. Inline data (`data:` URLs) is
 * limited by the body alone.
 *
 * @throws ParleyError `payload_too_large` naming the field
 */
export function checkTexts(value: unknown, limit: number, pointer = ''): void {
  if (typeof value === 'string') {
    if (value.length * 3 <= limit || value.startsWith('data:') || Buffer.byteLength(value) <= limit) return;
    const message = `is larger than ${limit} bytes`;
    throw new ParleyError('payload_too_large', `${pointer || 'the body'} ${message}`, {
      problems: [{ pointer, message }],
    });
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    checkTexts(part, limit, `${pointer}/${key.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }
}
