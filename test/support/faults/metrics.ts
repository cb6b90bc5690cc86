import type { Target } from '../doors/door.js';

/** Samples of GET /metrics by their names and labels. */
export type Samples = Readonly<Record<string, number>>;

export async function metricsOf({ server, key }: Target): Promise<Samples> {
  const response = await fetch(`${server.url}/metrics`, { headers: { 'x-api-key': key } });
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** The sum of a metric's samples, over those labels that have all of the words. */
export function sumOf(samples: Samples, name: string, ...words: readonly string[]): number {
  return Object.entries(samples)
    .filter(([key]) => (key === name || key.startsWith(`${name}{`)) && words.every((word) => key.includes(word)))
    .reduce((sum, [, value]) => sum + value, 0);
}

/** Looks until it holds, or for so long; what was seen last. */
export async function metricsWhen(target: Target, holds: (now: Samples) => boolean, ms: number): Promise<Samples> {
  const until = performance.now() + ms;
  for (;;) {
    const now = await metricsOf(target);
    if (holds(now) || performance.now() > until) return now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
