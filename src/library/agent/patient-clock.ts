import { SystemClock } from '../../runtime/system-clock.js';

/** The longest that a timer of the runtime can wait, ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The machine's clock, on which what never comes never comes. */
export class PatientClock extends SystemClock {
  override after(ms: number, callback: () => void): () => void {
    return ms > LONGEST_TIMER ? () => undefined : super.after(ms, callback);
  }
}
