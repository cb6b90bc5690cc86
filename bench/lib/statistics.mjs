/** The middle value; of an even number the mean of both. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** A number with so many digits behind the point, as a number. */
export function round(value, digits = 2) {
  return Number(value.toFixed(digits));
}

/** Takes both sides in turn, A B then B A: a machine that slows down slows both. Resolves with one `[a, b]` per pair. */
export async function inPairs(pairs, measureA, measureB) {
  const results = [];
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) {
      const a = await measureA();
      results.push([a, await measureB()]);
    } else {
      const b = await measureB();
      results.push([await measureA(), b]);
    }
  }
  return results;
}
