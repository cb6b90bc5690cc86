import type { Dispatcher } from 'undici';
import type { Clock } from '../../core/ports/clock.js';
import type { Endpoint } from './endpoint.js';
import type { Failure } from '../shared/failure.js';
import { connectionLost, timedOut } from '../shared/failure.js';
import { failureOf } from '../shared/upstream-errors.js';

/** What a check needs. */
export interface ModelCheck {
  readonly dispatcher: Dispatcher;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const MOST_DRAINED = 2 ** 20;
/** Upstreams that have no list of models say so; they are there, and that is all we ask. */
const NO_LIST: ReadonlySet<number> = new Set([400, 404, 405, 501]);

/** Asks for the list of models, which costs nothing. Resolves with what is wrong, if anything is. */
export function checkModels(check: ModelCheck): Promise<Failure | 'aborted' | undefined> {
  const { dispatcher, endpoint, clock, timeoutMs, signal } = check;
  if (signal.aborted) return Promise.resolve('aborted');
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined;
    let over = false;
    let drained = 0;
    const settle = (found: Failure | 'aborted' | undefined, close: boolean): void => {
      over = true;
      cancel();
      signal.removeEventListener('abort', abort);
      if (close) controller?.abort(new Error('the check is over'));
      resolve(found);
    };
    const abort = (): void => settle('aborted', true);
    const cancel = clock.after(timeoutMs, () => settle(timedOut('first_byte', timeoutMs), true));
    signal.addEventListener('abort', abort, { once: true });
    const headers = [...endpoint.headers];
    dispatcher.dispatch(
      { origin: endpoint.origin, path: endpoint.modelsPath, method: 'GET', headers },
      {
        onRequestStart(started) {
          controller = started;
          if (over) started.abort(new Error('the check is over'));
        },
        onResponseStart(_controller, status, given) {
          const fine = (status >= 200 && status < 300) || NO_LIST.has(status);
          settle(fine ? undefined : failureOf({ status, headers: given, body: '' }, clock.now()), false);
        },
        onResponseData(_controller, part) {
          drained += part.length;
          if (drained > MOST_DRAINED) controller?.abort(new Error('the list is too long'));
        },
        onResponseEnd() {
          // undici asks for it; the status said all.
        },
        onResponseError(_controller, error) {
          if (!over) settle(connectionLost(error, false), false);
        },
      },
    );
  });
}
