import type { Pause, Piece } from './types.js';

const SIZES = [3, 5, 2, 4];

const VOCABULARY = [
  ' the', ' model', ' answers', ' with', ' a', ' short', ' sentence', ',', ' then', '\n', ' "quoted"', ' café', ' 東京',
  ' 🙂', ' re', 'lay', ' of', ' tokens', ' over', ' SSE', '.', ' It', ' is', ' cheap', ' and', ' quick', ' to', ' read',
]; // prettier-ignore

/** Cuts prose before its words; joined, the pieces are the text. */
export function wordPieces(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

/** Cuts JSON text into short pieces so that every escape is split; never inside a code point. */
export function jsonPieces(json: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  let count = 0;
  for (const char of json) {
    piece += char;
    count++;
    if (char === '\\' || count >= (SIZES[pieces.length % SIZES.length] ?? 3)) {
      pieces.push(piece);
      piece = '';
      count = 0;
    }
  }
  return piece === '' ? pieces : [...pieces, piece];
}

/** The text of `text:<count>`: joined `VOCABULARY` words, the first one `Start`. */
export function vocabularyPieces(count: number): Iterable<string> {
  return counted(count, (i) => (i === 0 ? 'Start' : (VOCABULARY[i % VOCABULARY.length] ?? ' word')));
}

/** The text of `chars:<count>`: one letter a piece, a to z over and over. */
export function letterPieces(count: number): Iterable<string> {
  return counted(count, (i) => String.fromCharCode(97 + (i % 26)));
}

function counted(count: number, pieceAt: (i: number) => string): Iterable<string> {
  return {
    *[Symbol.iterator]() {
      for (let i = 0; i < count; i++) yield pieceAt(i);
    },
  };
}

/** JSON in which every second non-ASCII character is written as `\u` escapes. */
export function escapeSome(json: string): string {
  let seen = 0;
  return json.replace(/[^\0-\x7f]/gu, (char) => (seen++ % 2 === 1 ? escaped(char) : char));
}

function escaped(char: string): string {
  return char
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** True for a break between pieces. */
export function isPause(piece: Piece): piece is Pause {
  return typeof piece !== 'string';
}

/** The text of an answer without its breaks. */
export function joined(pieces: Iterable<Piece>): string {
  let text = '';
  for (const piece of pieces) if (typeof piece === 'string') text += piece;
  return text;
}
