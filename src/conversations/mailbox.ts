import type { Clock } from '../core/ports/clock.js';
import type { Given, InputSource } from '../core/ports/input-source.js';

type Answer<Value> = Given<Value> | 'timeout' | 'aborted';

/** Timers take 31 bits of milliseconds; a longer wait is armed again. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

/** Brings what others give from a door to the loop that waits for it. One question at a time to each of them. */
export class Mailbox<Value> implements InputSource<Value> {
  readonly #waiting = new Map<string, (answer: Answer<Value>) => void>();

  constructor(private readonly clock: Clock) {}

  /** Those who are asked now. */
  get asked(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  next(from: string, deadline: number, signal: AbortSignal): Promise<Answer<Value>> {
    return new Promise((resolve) => {
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
    if (settle === undefined) return undefined;
    return new Promise((resolve) => {
      settle({ value, accepted: resolve });
    });
  }
}
