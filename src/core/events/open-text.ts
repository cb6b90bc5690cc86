import type { BlockKind, BlockRuns } from './conversation-event.js';

/**
 * UTF-16 units of pieces that are joined at a time. A piece may be a part of what the upstream sent, and keep all of that in
 * memory until it is joined: a token of some characters keeps some hundred.
 */
const JOINED = 256;

/**
 * Text of a message that is still being written, with the order in which its blocks came. Its pieces are joined as they
 * come, not all at its end: a million of them would hold the thread then, and much memory up to then.
 */
export class OpenText {
  #text = '';
  #pieces: string[] = [];
  #length = 0;
  readonly #runs: [BlockKind, number][] = [];

  get length(): number {
    return this.#length;
  }

  get text(): string {
    if (this.#text.length < this.#length) this.#join();
    return this.#text;
  }

  append(block: BlockKind, text: string): void {
    this.#pieces.push(text);
    this.#length += text.length;
    if (this.#length - this.#text.length >= JOINED) this.#join();
    const last = this.#runs.at(-1);
    if (last !== undefined && last[0] === block) last[1] += text.length;
    else this.#runs.push([block, text.length]);
  }

  /** Absent where all of it is one text block. */
  blocks(): BlockRuns | undefined {
    return isPlain(this.#runs) ? undefined : this.#runs.map(([block, length]) => [block, length] as const);
  }

  /** The pieces after an offset, one per block run. */
  pieces(offset: number): { readonly block: BlockKind; readonly text: string }[] {
    return piecesOf({ text: this.text, blocks: this.#runs }, offset);
  }

  #join(): void {
    this.#text += this.#pieces.join('');
    this.#pieces = [];
  }
}

/** The pieces of a stored text after an offset (UTF-16 units), one per block run. */
export function piecesOf(
  message: { readonly text: string; readonly blocks?: BlockRuns },
  offset: number,
): { readonly block: BlockKind; readonly text: string }[] {
  const runs: BlockRuns = message.blocks ?? [['text', message.text.length]];
  const pieces: { block: BlockKind; text: string }[] = [];
  let at = 0;
  for (const [block, length] of runs) {
    const text = message.text.slice(Math.max(at, offset), at + length);
    if (text !== '') pieces.push({ block, text });
    at += length;
  }
  return pieces;
}

function isPlain(runs: BlockRuns): boolean {
  return runs.length === 0 || (runs.length === 1 && runs[0]?.[0] === 'text');
}
