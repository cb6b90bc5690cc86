import { seededFraction } from '../../core/multi-agent/random.js';

/** 32-bit FNV-1a (public domain, after Fowler, Noll and Vo) over UTF-16 units. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A number in [0, 1) that depends on the key alone: the demo model's only source of chance. */
export function draw(key: string): number {
  return seededFraction(hashText(key), 0);
}

/** One of the items, by key; `offset` moves on from there, so that several who share a key take different ones. */
export function pick<T>(items: readonly T[], key: string, offset = 0): T | undefined {
  return items[(Math.floor(draw(key) * items.length) + offset) % items.length];
}
