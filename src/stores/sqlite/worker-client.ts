import { Worker } from 'node:worker_threads';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { toParleyError } from './from-wire.js';
import type { CallName, Calls, FromWorker, Reply, Request, ToWorker } from './wire.js';

/** What runs as the worker thread. Tests run the TypeScript source, with a loader in `execArgv`. */
export interface WorkerSource {
  readonly url: URL;
  readonly execArgv?: readonly string[];
}

export interface WorkerClientOptions {
  readonly source: WorkerSource;
  readonly data_dir: string;
  /** Called at most once per start, when nothing can be written any more until the process is started again. */
  readonly onFailed: (error: ParleyError) => void;
}

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: ParleyError) => void;
}

type State = 'closed' | 'opening' | 'open' | 'closing';

/**
 * The main thread's end of the worker. Calls of one turn of the event loop go out in one message, in their order. A
 * worker that dies fails all calls, those waiting and those that come later: nothing starts it again.
 */
export class WorkerClient {
  readonly #options: WorkerClientOptions;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #opening: Promise<void> = Promise.resolve();
  #exited: Promise<void> = Promise.resolve();
  #outgoing: Request[] = [];
  #lastId = 0;
  #state: State = 'closed';
  #failed = false;

  constructor(options: WorkerClientOptions) {
    this.#options = options;
  }

  /** @throws ParleyError that the worker refused to open with */
  async open(): Promise<void> {
    if (this.#state !== 'closed') throw new ParleyError('internal', 'the store was started already');
    this.#state = 'opening';
    this.#failed = false;
    this.#opening = this.#open();
    await this.#opening;
  }

  async call<Name extends CallName>(call: Name, args: Calls[Name]['args']): Promise<Calls[Name]['result']> {
    if (this.#state !== 'open') throw unavailable(this.#failed ? 'the storage failed' : 'the storage is not open');
    return new Promise<Calls[Name]['result']>((resolve, reject) => {
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      if (this.#outgoing.length === 0) setImmediate(() => this.#flush());
      // The name and its arguments belong together: the signature has them so.
      this.#outgoing.push({ id, call, args } as Request);
    });
  }

  /** After everything that was called has been done. Resolves when the folder is free. */
  async close(): Promise<void> {
    await this.#opening.catch(() => undefined);
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#flush();
      this.#post({ stop: true });
    }
    await this.#exited;
    this.#state = 'closed';
  }

  async #open(): Promise<void> {
    const { source, data_dir } = this.#options;
    const worker = new Worker(source.url, { workerData: { data_dir }, execArgv: [...(source.execArgv ?? [])] });
    this.#worker = worker;
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    try {
      await this.#opened(worker);
      this.#state = 'open';
    } catch (error) {
      await this.#exited;
      this.#state = 'closed';
      throw error;
    }
  }

  #opened(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if ('opened' in message) resolve();
        else if ('refused' in message) reject(toParleyError(message.refused));
        else for (const reply of message.replies) this.#settle(reply);
      });
      worker.on('error', (error) => {
        reject(unavailable('the thread of the storage did not start', error));
        this.#fail(unavailable('the thread of the storage died', error));
      });
      worker.on('exit', () => {
        reject(unavailable('the thread of the storage did not start'));
        if (this.#state === 'open' || this.#pending.size > 0) this.#fail(unavailable('the thread of the storage died'));
      });
    });
  }

  #flush(): void {
    if (this.#outgoing.length === 0) return;
    const requests = this.#outgoing;
    this.#outgoing = [];
    this.#post({ requests });
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('error' in reply) {
      const error = toParleyError(reply.error);
      pending?.reject(error);
      if (reply.error.fatal) this.#report(error);
    } else pending?.resolve(reply.value as never);
  }

  #fail(error: ParleyError): void {
    if (this.#state === 'opening') return;
    this.#state = 'closing';
    this.#outgoing = [];
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
    this.#report(error);
  }

  #report(error: ParleyError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#options.onFailed(error);
  }
}

function unavailable(message: string, cause?: unknown): ParleyError {
  return new ParleyError('storage_unavailable', message, {
    level: 'error',
    ...(cause === undefined ? {} : { cause }),
  });
}
