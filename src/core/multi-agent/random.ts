/**
 * A deterministic number in [0, 1) from a seed and a position: the same conversation draws the same after a restart.
 * Mixing as in splitmix32 (public domain, after Steele, Lea and Flood, 2014).
 */
export function seededFraction(seed: number, position: number): number {
  let z = (seed + Math.imul(position + 1, 0x9e3779b9)) >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad) >>> 0;
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97) >>> 0;
  return ((z ^ (z >>> 15)) >>> 0) / 0x1_0000_0000;
}
