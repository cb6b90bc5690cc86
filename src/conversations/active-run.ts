import type { Channel } from '../core/events/channel.js';
import type { Action, NewFact } from '../core/events/conversation-event.js';
import { closeMessages, closeOpen } from '../core/events/close-open.js';
import { toParleyError, type ParleyError } from '../core/kernel/parley-error.js';
import { CANCELLED, type RunResult } from '../core/conversation/run-result.js';
import { NO_USAGE } from '../core/events/usage.js';
import type { ClientResult } from '../core/ports/input-source.js';
import type { Mailbox } from './mailbox.js';
import type { LogWriter } from './log-writer.js';
import type { LoopInput, RunLoop } from './run-loop.js';

/** What a run is made of. */
export interface ActiveRunParts {
  readonly channel: Channel;
  readonly writer: LogWriter;
  /** Where people's actions for this run are handed in. */
  readonly mailbox: Mailbox<Action>;
  /** Where a client's tool results for this run are handed in. */
  readonly results: Mailbox<ClientResult>;
  readonly loop: RunLoop;
  readonly onError: (error: ParleyError) => void;
  /** For the log: how the run ended. */
  readonly onEnded: (result: RunResult) => void;
}

/** What a run is driven from. */
export type RunInput = Pick<LoopInput, 'ref' | 'start_seq' | 'settings' | 'facts'>;

/** One for all: to make the usual one, with its stack, costs more than the rest of an abort. */
const STOPPED = new DOMException('the run is over', 'AbortError');

/** Why a run was told to stop before its loop was through. */
export type StopCause = 'cancelled' | 'time' | 'storage' | 'released';

/**
 * One run that this process drives: the loop, its abort, its log. Only a cancel, a limit or the end of the process stops
 * it. It ends its log in exactly one `run_end`, unless it is released to whoever recovers it.
 */
export class ActiveRun {
  readonly #abort = new AbortController();
  #cause: StopCause | undefined;
  #stopAfterTurn = false;
  #failure: ParleyError | undefined;

  readonly channel: Channel;
  readonly writer: LogWriter;
  readonly mailbox: Mailbox<Action>;
  readonly results: Mailbox<ClientResult>;

  constructor(private readonly parts: ActiveRunParts) {
    this.channel = parts.channel;
    this.writer = parts.writer;
    this.mailbox = parts.mailbox;
    this.results = parts.results;
  }

  /** The storage error that stopped it, if one did. */
  get failure(): ParleyError | undefined {
    return this.#failure;
  }

  /** Stops the run now: model calls and tools are aborted. The first cause counts. */
  stop(cause: StopCause): void {
    this.#cause ??= cause;
    this.#abort.abort(STOPPED);
  }

  /** Ends the run, as cancelled, once the turn under way is over. */
  stopAfterTurn(): void {
    this.#stopAfterTurn = true;
  }

  storageFailed(error: ParleyError): void {
    this.#failure = error;
    this.stop('storage');
  }

  /** Drives the loop to its end and closes the log. Never rejects. */
  async drive(input: RunInput): Promise<void> {
    const result = await this.#result(input);
    // Nothing that a loop left behind runs on, or says anything after the end.
    this.#abort.abort(STOPPED);
    if (this.#cause === 'released' || this.#cause === 'storage') return;
    this.writer.append(this.#ending(result));
    this.writer.close();
    await this.writer.committed().catch(() => undefined);
    this.parts.onEnded(result);
  }

  /** Closes the messages that a crash left open, before the run is taken up again. */
  discardOpenMessages(): void {
    this.writer.append(closeMessages(this.writer.fold, 'interrupted', () => ({ text: '' })));
  }

  /** Ends a run whose process died and which nobody waits for. */
  async endInterrupted(detail: string): Promise<void> {
    const facts = closeOpen(this.writer.fold, 'interrupted', () => ({ text: '' }));
    this.writer.append([...facts, this.#runEnd({ outcome: 'failed', code: 'interrupted', detail })]);
    await this.writer.committed().catch(() => undefined);
  }

  async #result(input: RunInput): Promise<RunResult> {
    const result = await this.#looped(input);
    if (this.#cause !== 'time' || result.outcome === 'completed') return result;
    const detail = `the run took longer than ${this.parts.loop.time_limit_ms / 1000} s`;
    return { outcome: 'failed', code: 'time', detail };
  }

  async #looped(input: RunInput): Promise<RunResult> {
    try {
      return await this.parts.loop.drive({
        ...input,
        log: this.writer,
        inputs: this.mailbox,
        results: this.results,
        signal: this.#abort.signal,
        stopRequested: () => this.#stopAfterTurn,
      });
    } catch (error) {
      if (this.#cause !== undefined) return CANCELLED;
      this.parts.onError(toParleyError(error));
      return { outcome: 'failed', code: 'internal', detail: 'something went wrong inside the server' };
    }
  }

  #ending(result: RunResult): NewFact[] {
    const manner = result.outcome === 'failed' ? 'error' : 'aborted';
    const facts = closeOpen(this.writer.fold, manner, (id) => this.writer.shownText(id));
    return [...facts, this.#runEnd(result)];
  }

  #runEnd(result: RunResult): NewFact {
    const usage = this.writer.fold.run?.usage ?? NO_USAGE;
    return { body: { type: 'run_end', ...result, usage } };
  }
}
