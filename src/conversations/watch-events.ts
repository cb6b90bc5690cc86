import type { Channel } from '../core/events/channel.js';
import { parseCursor, type Cursor } from '../core/events/cursor.js';
import type { Encoder } from '../core/events/encoder.js';
import type { ConversationFold, OpenMessage } from '../core/events/fold.js';
import type { ConversationRef, MessageId, RunId } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { Clock } from '../core/ports/clock.js';
import type { ConversationStore, RunRecord } from '../core/ports/conversation-store.js';
import { loadStateFold } from './load-fold.js';
import { LogPages } from './log-pages.js';
import { requireConversation } from './require-conversation.js';
import type { RunSupervisor } from './run-supervisor.js';
import { TenantCount } from './tenant-count.js';
import { Watcher, type Position, type WatcherSink } from './watcher.js';
import { WritePacer } from './write-pacer.js';

/** A live end that was opened for somebody is kept for so long until it is watched, ms. */
const UNWATCHED_MS = 30_000;

export interface WatchRequest {
  readonly ref: ConversationRef;
  /** As the client sent it; absent: from the start of the log, or of the run. */
  readonly cursor?: string | number | undefined;
  readonly run_id?: RunId | undefined;
  readonly follow?: boolean;
}

/** A place to watch from that was found good: refusals come before the first byte of a stream. */
export interface Watchable {
  /** The run that is watched, or the one under way. */
  readonly run_id: RunId | undefined;
  /** Nothing is left to give: the cursor is at the end and nothing runs. */
  readonly exhausted: boolean;
  /** Starts giving. The returned watcher is closed when the connection is. */
  watch(encoder: Encoder, sink: WatcherSink): WatchHandle;
}

/** Where a stream goes, and in which form. */
export interface StreamEnd {
  readonly encoder: Encoder;
  readonly sink: WatcherSink;
}

export interface WatchHandle {
  cursor(): string;
  /** The reader is gone for good: a run bound to it may end. */
  close(): void;
}

export interface WatchEventsDeps {
  readonly store: ConversationStore;
  readonly supervisor: RunSupervisor;
  readonly clock: Clock;
  /** Streams at once of one tenant; absent: any number. */
  readonly streams_per_tenant?: number;
}

/** Opens a stream on a conversation's log, from any cursor, whatever door began it. */
export class WatchEvents {
  #watching = 0;
  readonly #streams = new TenantCount();
  readonly #pacer = new WritePacer(setImmediate);
  readonly #pages: LogPages;

  constructor(private readonly deps: WatchEventsDeps) {
    this.#pages = new LogPages(deps.store.log, deps.clock);
  }

  /** Connections that watch now. */
  get watching(): number {
    return this.#watching;
  }

  /**
   * Checks a request to watch.
   *
   * @throws ParleyError `not_found`, `cursor_malformed`, `cursor_ahead`, `cursor_gone`, `rate_limited`
   */
  async open(request: WatchRequest): Promise<Watchable> {
    const { ref, follow = false } = request;
    const { supervisor, store } = this.deps;
    const cursor = parseCursor(request.cursor);
    const record = await requireConversation(store, ref);
    const run = request.run_id === undefined ? undefined : await this.#run(ref, request.run_id);
    if (follow) await this.#openChannel(ref);
    const head = supervisor.channel(ref)?.fold.seq ?? record.head_seq;
    if (cursor.seq > head) throw new ParleyError('cursor_ahead', `the cursor is beyond the log, which ends at ${head}`);
    const start = await this.#position(
      ref,
      run !== undefined && cursor.seq < run.start_seq ? { seq: run.start_seq - 1, offsets: [] } : cursor,
    );
    const running = supervisor.channel(ref)?.fold.run;
    const exhausted = !follow && running === undefined && start.fold.seq === head && start.fold.run === undefined;
    this.admit(ref);
    return {
      run_id: run?.run_id ?? running?.id,
      exhausted:
        exhausted || (run !== undefined && start.fold.seq >= run.start_seq && start.fold.run?.id !== run.run_id),
      watch: (encoder, sink) => this.#watch(request, run, start, { encoder, sink }),
    };
  }

  /**
   * Lets somebody watch a run from its very start, live: to be called before anything of it is published. Reads nothing.
   * Whether the tenant may open a stream is asked before, by `admit`.
   */
  attach(channel: Channel, run: RunRecord, to: StreamEnd): WatchHandle {
    const start = { fold: channel.fold, offsets: channel.offsets() };
    return this.#watch({ ref: channel.ref }, run, start, { encoder: to.encoder, sink: to.sink, live: channel });
  }

  /** @throws ParleyError `rate_limited` when the tenant has as many streams open as it may */
  admit({ tenant }: Pick<ConversationRef, 'tenant'>): void {
    const { streams_per_tenant } = this.deps;
    if (streams_per_tenant === undefined || this.#streams.of(tenant) < streams_per_tenant) return;
    const detail = `${streams_per_tenant} streams of this key are open: close one first`;
    throw new ParleyError('rate_limited', detail, { retryAfter: 5 });
  }

  #watch(
    { ref, follow = false }: WatchRequest,
    run: RunRecord | undefined,
    start: Position,
    { live, ...to }: StreamEnd & { readonly live?: Channel },
  ): WatchHandle {
    const channel = this.deps.supervisor.channel(ref);
    const unattend = channel?.attend();
    this.#watching++;
    this.#streams.add(ref.tenant);
    let gone = false;
    const leave = (): void => {
      if (gone) return;
      gone = true;
      this.#watching--;
      this.#streams.remove(ref.tenant);
      unattend?.();
    };
    const watcher = new Watcher(
      {
        ...to,
        ref,
        follow,
        log: this.deps.store.log,
        pages: this.#pages,
        clock: this.deps.clock,
        pacer: this.#pacer,
        channel: () => this.deps.supervisor.channel(ref),
        stays: () => !this.deps.supervisor.draining,
        ...(run === undefined ? {} : { run }),
        onEnd: leave,
      },
      start,
    );
    if (live === undefined) watcher.start();
    else watcher.join(live);
    return {
      cursor: () => watcher.cursor(),
      close: () => {
        watcher.close();
        leave();
      },
    };
  }

  /** Whoever asked for it may be refused, or gone, before it is watched: then it is closed again. */
  async #openChannel(ref: ConversationRef): Promise<void> {
    const { supervisor, clock } = this.deps;
    const channel = await supervisor.openChannel(ref);
    if (!channel.deserted) return;
    clock.after(UNWATCHED_MS, () => {
      if (channel.deserted && supervisor.channel(ref) === channel) supervisor.dismiss(ref);
    });
  }

  async #run(ref: ConversationRef, run_id: RunId): Promise<RunRecord> {
    const run = await this.deps.store.runs.get(ref, run_id);
    if (run === undefined) throw new ParleyError('not_found', 'there is no such run in this conversation');
    return run;
  }

  async #position(ref: ConversationRef, cursor: Cursor): Promise<Position> {
    const channel = this.deps.supervisor.channel(ref);
    const fold =
      channel?.fold.seq === cursor.seq ? channel.fold : await loadStateFold(this.deps.store.log, ref, cursor.seq);
    if (cursor.offsets.length > fold.open.messages.length) {
      throw new ParleyError('cursor_malformed', 'the cursor names more open messages than there were at that point');
    }
    const offsets = new Map<MessageId, number>();
    for (const [index, message] of fold.open.messages.entries()) {
      const offset = cursor.offsets[index] ?? 0;
      offsets.set(message.message_id, offset);
      if (offset > 0) await this.#checkOffset(ref, message, offset, fold);
    }
    return { fold, offsets };
  }

  /** A place in a text that never was is beyond the log. Text lost in a crash cannot be checked and needs no check. */
  async #checkOffset(
    ref: ConversationRef,
    message: OpenMessage,
    offset: number,
    fold: ConversationFold,
  ): Promise<void> {
    const place = await this.deps.store.log.findMessage(ref, message.message_id);
    let length = this.deps.supervisor.channel(ref)?.openText(message.message_id)?.length;
    if (place?.end_seq !== undefined && length === undefined) {
      const [end] = await this.deps.store.log.read(ref, { after: place.end_seq - 1, until: place.end_seq, limit: 1 });
      length = end?.body.type === 'message_end' ? end.body.text.length : offset;
    }
    if (length !== undefined && offset > length) {
      throw new ParleyError(
        'cursor_ahead',
        `the cursor is beyond the text of a message open at ${fold.seq}, which has ${length} units`,
      );
    }
  }
}
