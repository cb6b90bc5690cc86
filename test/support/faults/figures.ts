/** `PARLEY_FAULTS=full` runs the fault tests of clients with the figures that are promised, and not with a few of them. */
const IS_FULL = process.env['PARLEY_FAULTS'] === 'full';

/** How many of something a fault test does. */
export function figure(short: number, full: number): number {
  return IS_FULL ? full : short;
}

/** `PARLEY_TEST_SEED` repeats the choices of a run; it is told in the names of the tests. */
export const SEED = Number(process.env['PARLEY_TEST_SEED'] ?? Date.now() % 1_000_000);

/** A number from 0 to below `sides`. */
export type Roll = (sides: number) => number;

/** Mulberry32: the same choices for a seed. */
export function dice(seed: number): Roll {
  let state = seed >>> 0;
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

/** Does a number of things, so many at once; each has its own dice. */
export async function many(
  count: number,
  atOnce: number,
  work: (index: number, roll: Roll, lane: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (number: number): Promise<void> => {
    while (next < count) {
      const index = next++;
      await work(index, dice(SEED * 1_000_003 + index), number);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_lane, number) => lane(number)));
}
