import type { Clock } from '../core/ports/clock.js';
import type { Given, InputSource } from '../core/ports/input-source.js';

type Answer<Value> = Given<Value> | 'timeout' | 'aborted';

/** Timers take 31 bits of milliseconds; a longer wait is armed again. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

/** Brings what others give from a door to the loop that waits for it. One question at a time to each of them. */
export class Mailbox<Value> implements InputSource<Value> {
  readonly #waiting = new Map<string, (answer: Answer<Value>) => void>();
  /** Those who were asked before a restart and may answer before the loop has come to ask again. */
  readonly #expected = new Map<string, Given<Value> | undefined>();

  constructor(private readonly clock: Clock) {}

  /** Those who are asked now. */
  get asked(): readonly string[] {
    const expected = [...this.#expected].filter(([, given]) => given === undefined).map(([from]) => from);
    return [...new Set([...this.#waiting.keys(), ...expected])];
  }

  /** Takes answers of these for a loop that is about to ask: they were asked before it was taken up again. */
  expect(from: readonly string[]): void {
    for (const name of from) this.#expected.set(name, undefined);
  }

  next(from: string, deadline: number, signal: AbortSignal): Promise<Answer<Value>> {
    const early = this.#expected.get(from);
    this.#expected.delete(from);
    return new Promise((resolve) => {
      if (early !== undefined) {
        resolve(early);
        return;
      }
      if (signal.aborted) {
        resolve('aborted');
        return;
      }
      let disarm: (() => void) | undefined;
      const settle = (answer: Answer<Value>): void => {
        disarm?.();
        signal.removeEventListener('abort', onAbort);
        this.#waiting.delete(from);
        resolve(answer);
      };
      const onAbort = (): void => settle('aborted');
      const arm = (): void => {
        const left = deadline - this.clock.now();
        if (left <= 0) settle('timeout');
        else disarm = this.clock.after(Math.min(left, LONGEST_TIMER_MS), arm);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(from, settle);
      arm();
    });
  }

  /** Hands over a value. Resolves once it is in the log; undefined if its giver is not asked. */
  deliver(from: string, value: Value): Promise<void> | undefined {
    const settle = this.#waiting.get(from);
    if (settle !== undefined) {
      return new Promise((resolve) => {
        settle({ value, accepted: resolve });
      });
    }
    if (!this.#expected.has(from) || this.#expected.get(from) !== undefined) return undefined;
    return new Promise((resolve) => {
      this.#expected.set(from, { value, accepted: resolve });
    });
  }
}
