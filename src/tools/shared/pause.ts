import { ParleyError } from '../../core/kernel/parley-error.js';
import type { Clock } from '../../core/ports/clock.js';

/**
 * Waits `ms`.
 *
 * @throws ParleyError `aborted` as soon as the signal aborts
 */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(aborted());
      return;
    }
    const stop = (): void => {
      cancel();
      reject(aborted());
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}

function aborted(): ParleyError {
  return new ParleyError('aborted', 'the call was stopped');
}
