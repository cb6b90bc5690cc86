import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Step } from './steps.js';
import type { Pause } from './types.js';

const WRITES_A_TURN = 32;

/** What the sender reports while it works. */
export interface SendWatch {
  readonly onHead: (status: number) => void;
  readonly onBytes: (count: number) => void;
}

/** Plays the steps on a response. Rejects with an AbortError as soon as the signal is aborted. */
export async function send(
  steps: Iterable<Step>,
  response: ServerResponse,
  { signal, watch }: { signal: AbortSignal; watch: SendWatch },
): Promise<'completed' | 'cut'> {
  let writes = 0;
  for (const step of steps) {
    signal.throwIfAborted();
    switch (step.type) {
      case 'head':
        response.writeHead(step.status, { ...step.headers });
        response.flushHeaders();
        watch.onHead(step.status);
        break;
      case 'write':
        watch.onBytes(Buffer.byteLength(step.bytes));
        if (!response.write(step.bytes)) await once(response, 'drain', { signal });
        // A socket that takes everything at once would never let the event loop turn.
        else if (++writes % WRITES_A_TURN === 0) await turn(undefined, { signal });
        break;
      case 'pause':
        await pausing(step.pause, signal);
        break;
      case 'tick':
        await turn(undefined, { signal });
        break;
      case 'hang':
        await aborted(signal);
        break;
      case 'cut':
      case 'reset':
        await drop(response, step.type, signal);
        return 'cut';
      case 'end':
        await ending(response, signal);
        return 'completed';
    }
  }
  await ending(response, signal);
  return 'completed';
}

async function pausing(pause: Pause, signal: AbortSignal): Promise<void> {
  if ('wait' in pause) await sleep(pause.wait, undefined, { signal });
  else await Promise.race([pause.until, aborted(signal)]);
}

/** Never resolves; rejects when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => {
      reject(new DOMException('The call is over', 'AbortError'));
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

async function ending(response: ServerResponse, signal: AbortSignal): Promise<void> {
  if (response.writableFinished) return;
  const finished = once(response, 'finish', { signal });
  response.end();
  await finished;
}

/** Lets what was written leave, then drops the connection. */
async function drop(response: ServerResponse, how: 'cut' | 'reset', signal: AbortSignal): Promise<void> {
  const { socket } = response;
  if (response.headersSent) await turn(undefined, { signal });
  while (socket !== null && socket.writableLength > 0) await sleep(1, undefined, { signal });
  if (how === 'reset') socket?.resetAndDestroy();
  else socket?.destroy();
}
