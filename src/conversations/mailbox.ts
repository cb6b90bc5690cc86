import type { Action } from '../core/events/conversation-event.js';
import type { Clock } from '../core/ports/clock.js';
import type { GivenInput, InputSource } from '../core/ports/input-source.js';

type Answer = GivenInput | 'timeout' | 'aborted';

/** Timers take 31 bits of milliseconds; a longer wait is armed again. */
const LONGEST_TIMER_MS = 0x7fff_ffff;

/** Brings the actions of people from a door to the loop that waits for them. One question at a time per person. */
export class Mailbox implements InputSource {
  readonly #waiting = new Map<string, (answer: Answer) => void>();

  constructor(private readonly clock: Clock) {}

  /** Those who are asked now. */
  get asked(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  next(agent: string, deadline: number, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve('aborted');
        return;
      }
      let disarm: (() => void) | undefined;
      const settle = (answer: Answer): void => {
        disarm?.();
        signal.removeEventListener('abort', onAbort);
        this.#waiting.delete(agent);
        resolve(answer);
      };
      const onAbort = (): void => settle('aborted');
      const arm = (): void => {
        const left = deadline - this.clock.now();
        if (left <= 0) settle('timeout');
        else disarm = this.clock.after(Math.min(left, LONGEST_TIMER_MS), arm);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(agent, settle);
      arm();
    });
  }

  /** Hands over an action. Resolves once it is in the log; undefined if that person is not asked. */
  deliver(agent: string, action: Action): Promise<void> | undefined {
    const settle = this.#waiting.get(agent);
    if (settle === undefined) return undefined;
    return new Promise((resolve) => {
      settle({ action, accepted: resolve });
    });
  }
}
