import type { Channel, LiveWatcher } from '../core/events/channel.js';
import type { BlockKind, Fact } from '../core/events/conversation-event.js';
import { formatCursor } from '../core/events/cursor.js';
import type { Encoder } from '../core/events/encoder.js';
import { evolveFold, type ConversationFold, type OpenMessage } from '../core/events/fold.js';
import { piecesOf } from '../core/events/open-text.js';
import type { SharedFrames } from '../core/events/shared-frames.js';
import type { ConversationRef, MessageId, RunId } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { Clock } from '../core/ports/clock.js';
import type { EventLog } from '../core/ports/conversation-store.js';
import { withRunText } from './load-fold.js';
import type { LogPages } from './log-pages.js';
import { PacedSink } from './paced-sink.js';
import type { WritePacer } from './write-pacer.js';

/** What is queued for one watcher above its socket's own buffer, bytes. */
export const QUEUE_BYTES = 256 * 1024;
/** A watcher that takes nothing for so long is closed, with its cursor. */
export const STALLED_MS = 60_000;
/** How often the log is looked at for the end of a run that nobody drives at the moment, ms. */
const UNDRIVEN_MS = 250;
/** Text from the log is given in parts of so many UTF-16 units at most. */
const PART = 32 * 1024;
/** What a page that is read from the log counts as at the pacer: all that fits the queue is given at once. */
const PULL_BYTES = 64 * 1024;

/** One connection, seen from the log. */
export interface WatcherSink {
  /** Takes all frames of one event in one write. */
  write(frames: string): void;
  /** The same, of frames that many take. Absent: they are as good as a text of its own. */
  writeShared?(frames: SharedFrames): void;
  /** Bytes taken and not yet given to the socket. */
  queued(): number;
  /** Calls back once the queue is empty. */
  onDrained(callback: () => void): void;
  /** Changes whenever the reader takes something. Absent: a shorter queue says so. */
  progress?(): number;
  /**
   * How long it waits for the end of a run that nobody drives, ms: such a run was stopped because its log could not be
   * written, and is ended once that works again. Absent: as long as it takes.
   */
  readonly patience_ms?: number;
  /** There is nothing more to come. */
  end(): void;
  /** Cuts a reader that takes nothing. @param error why nothing more can be given to one that takes it */
  cut(error?: unknown): void;
}

interface TextOfBlock {
  readonly block: BlockKind;
  readonly text: string;
}

/** Where a watcher stands: the fold as of its last fact, and how much it has of each open message. */
export interface Position {
  readonly fold: ConversationFold;
  readonly offsets: ReadonlyMap<MessageId, number>;
}

export interface WatcherDeps {
  readonly log: EventLog;
  readonly pages: LogPages;
  readonly clock: Clock;
  readonly ref: ConversationRef;
  readonly encoder: Encoder;
  readonly sink: WatcherSink;
  readonly pacer: WritePacer;
  /** The live end, if there is one now. */
  readonly channel: () => Channel | undefined;
  /** Only this run; the stream ends with it. */
  readonly run?: { readonly run_id: RunId; readonly start_seq: number };
  /** Stay when nothing runs any more. */
  readonly follow: boolean;
  /** Whether the server goes on: else a watcher without a live end is sent away. */
  readonly stays: () => boolean;
  readonly onEnd: (error?: unknown) => void;
}

/**
 * Gives one connection everything after its position: first from the log, then live. When its queue is full it goes back
 * to reading the log by its cursor as it drains, so a slow reader gets everything and never slows anybody else.
 */
export class Watcher implements LiveWatcher {
  readonly encoder: Encoder;
  readonly #sink: PacedSink;
  #fold: ConversationFold;
  #offsets: Map<MessageId, number>;
  #live: Channel | undefined;
  #closed = false;
  #disarm: (() => void) | undefined;
  /** How long it has waited for a run that nobody drives, ms. */
  #undriven = 0;

  constructor(
    private readonly deps: WatcherDeps,
    start: Position,
  ) {
    this.encoder = deps.encoder;
    this.#sink = new PacedSink(deps.sink, deps.pacer);
    this.#fold = start.fold;
    this.#offsets = new Map(start.offsets);
  }

  /** Starts giving; returns at once. */
  start(): void {
    void this.#pull().catch((error: unknown) => this.#finish(error));
  }

  /** Starts giving at the live end: for one who stands there already. */
  join(channel: Channel): void {
    this.#live = channel;
    channel.join(this);
  }

  /** The connection is gone. */
  close(): void {
    this.#stop();
    this.#sink.discard();
  }

  cursor(): string {
    return this.#live?.cursor() ?? this.#cursor();
  }

  receive(frames: string): void {
    if (this.#closed) return;
    this.#sink.write(frames);
    if (this.#isFull()) this.#lag();
  }

  receiveShared(frames: SharedFrames): void {
    if (this.#closed) return;
    this.#sink.writeShared(frames);
    if (this.#isFull()) this.#lag();
  }

  afterFacts(): void {
    if (this.#live !== undefined && this.#isOver(this.#live.fold)) this.#finish();
  }

  /** The live end is closed under the watcher: it reads on from the log, or is told where it stands and comes back. */
  dismissed(): void {
    if (this.#closed || this.#live === undefined) return;
    if (this.deps.stays()) {
      this.#lag();
      return;
    }
    this.#sink.write(this.encoder.farewell(this.cursor(), this.deps.ref.conversation_id));
    this.#finish();
  }

  #stop(): void {
    this.#closed = true;
    this.#disarm?.();
    this.#leave();
  }

  /** Leaves the live end, remembering what was given. */
  #leave(): void {
    const channel = this.#live;
    if (channel === undefined) return;
    this.#fold = channel.fold;
    this.#offsets = new Map(channel.offsets());
    channel.leave(this);
    this.#live = undefined;
  }

  /** Leaves the live end, and reads on from the log once the queue is empty. */
  #lag(): void {
    if (this.#live === undefined) return;
    this.#leave();
    void this.#drained()
      .then(() => this.#pull())
      .catch((error: unknown) => this.#finish(error));
  }

  /** Reads the log up to the live end and joins it. */
  async #pull(): Promise<void> {
    if (this.encoder.ignores_run_text !== true)
      this.#fold = await withRunText(this.deps.log, this.deps.ref, this.#fold);
    await this.#restOfOpenMessages();
    while (!this.#closed) {
      await this.deps.pacer.turn(PULL_BYTES);
      if (this.#sink.queued() > QUEUE_BYTES / 2) await this.#drained();
      const channel = this.deps.channel();
      const outcome = await this.#givePage(channel);
      if (this.#closed) return;
      if (outcome === 'over') return this.#finish();
      if (outcome === 'given') {
        this.#undriven = 0;
        continue;
      }
      if (this.#caughtUp(channel)) return;
      if (channel === undefined) await this.#awaitDriven();
    }
  }

  /**
   * Gives what the log has next, as far as the queue takes it. The rest is read again later, not kept: a reader that takes
   * nothing costs its queue and no more, however large the messages are.
   */
  async #givePage(channel: Channel | undefined): Promise<'given' | 'nothing' | 'over'> {
    // What is durable but not published yet comes live: the channel must not fall behind its watchers.
    const page = await this.deps.pages.read(this.deps.ref, this.#fold.seq, channel?.fold.seq);
    for (const fact of page) {
      if (this.#closed || this.#isFull() || !this.#give(fact)) return 'given';
      if (this.#isOver(this.#fold)) return 'over';
    }
    return page.length === 0 ? 'nothing' : 'given';
  }

  /** At the end of what can be read: joins the live end or ends the stream. False: there is more to read by now. */
  #caughtUp(channel: Channel | undefined): boolean {
    const live = this.deps.channel();
    if (live !== channel || (live !== undefined && live.fold.seq !== this.#fold.seq)) return false;
    if (live === undefined) {
      // A run that nobody drives is soon ended or taken up: its end is worth waiting for.
      if (this.#fold.run !== undefined && this.deps.stays()) return false;
      this.#finish();
      return true;
    }
    for (const message of live.fold.open.messages) {
      const pieces = live.openText(message.message_id)?.pieces(this.#offsets.get(message.message_id) ?? 0) ?? [];
      if (!this.#giveTexts(message, pieces)) return false;
    }
    if (this.#isOver(live.fold)) {
      this.#finish();
      return true;
    }
    this.#live = live;
    live.join(this);
    if (this.#isFull()) this.#lag();
    return true;
  }

  /** @throws ParleyError `storage_unavailable` for a reader that cannot wait until the end of the run can be written */
  #awaitDriven(): Promise<void> {
    this.#undriven += UNDRIVEN_MS;
    if (this.#undriven > (this.deps.sink.patience_ms ?? Infinity)) {
      const detail = 'the run was cut short: its end cannot be written at the moment';
      throw new ParleyError('storage_unavailable', detail, { retryAfter: 5 });
    }
    return new Promise((resolve) => {
      this.deps.clock.after(UNDRIVEN_MS, resolve);
    });
  }

  /** A resume begins with the rest of the messages that were open at its cursor and have ended since. */
  async #restOfOpenMessages(): Promise<void> {
    for (const message of this.#fold.open.messages) {
      while (!this.#closed && !(await this.#restOf(message))) {
        await this.#drained();
        await this.deps.pacer.turn(PULL_BYTES);
      }
    }
  }

  /** Whether all of it was given that is not given live. */
  async #restOf(message: OpenMessage): Promise<boolean> {
    const place = await this.deps.log.findMessage(this.deps.ref, message.message_id);
    // Durable but not published yet is as good as open: the rest of it comes live.
    if (place?.end_seq === undefined || place.end_seq > (this.deps.channel()?.fold.seq ?? place.end_seq)) return true;
    const [fact] = await this.deps.pages.read(this.deps.ref, place.end_seq - 1, place.end_seq);
    if (fact?.body.type !== 'message_end' || fact.body.role !== 'assistant') return true;
    return this.#giveTexts(message, piecesOf(fact.body, this.#offsets.get(message.message_id) ?? 0), fact.at);
  }

  /** False: the queue is full before all text of the fact was given, and the fact is to be read again. */
  #give(fact: Fact): boolean {
    const body = fact.body;
    if (body.type === 'message_end' && body.role === 'assistant') {
      const message = this.#fold.open.messages.find((open) => open.message_id === body.message_id);
      const pieces = piecesOf(body, this.#offsets.get(body.message_id) ?? 0);
      if (message !== undefined && !this.#giveTexts(message, pieces, fact.at)) return false;
    }
    const before = this.#fold;
    this.#fold = evolveFold(before, fact);
    if (body.type === 'message_start') this.#offsets.set(body.message_id, 0);
    if (body.type === 'message_end' || body.type === 'message_discarded') this.#offsets.delete(body.message_id);
    if (this.deps.run !== undefined && fact.run_id !== this.deps.run.run_id) return true;
    const frames = this.encoder.fact(fact, before, this.#cursor());
    if (frames !== '') this.#sink.write(frames);
    return true;
  }

  /** Gives text in pieces that fit the queue. False: it is full, and what was not given is left. */
  #giveTexts(message: OpenMessage, pieces: readonly TextOfBlock[], at = this.deps.clock.now()): boolean {
    for (const { block, text } of pieces) {
      for (let start = 0; start < text.length;) {
        if (this.#isFull()) return false;
        const part = text.slice(start, endOfPart(text, start));
        start += part.length;
        this.#giveText(message, { block, text: part }, at);
      }
    }
    return true;
  }

  #giveText(message: OpenMessage, { block, text }: TextOfBlock, at: number): void {
    const offset = this.#offsets.get(message.message_id) ?? 0;
    this.#offsets.set(message.message_id, offset + text.length);
    if (this.deps.run !== undefined && message.run_id !== this.deps.run.run_id) return;
    const { agent, run_id, message_id, step } = message;
    const frames = this.encoder.delta(
      {
        message_id,
        offset,
        block,
        text,
        at,
        conversation_id: this.deps.ref.conversation_id,
        ...(run_id === undefined ? {} : { run_id }),
        ...(agent === undefined ? {} : { agent }),
        ...(step === undefined ? {} : { step }),
      },
      this.#cursor(),
    );
    if (frames !== '') this.#sink.write(frames);
  }

  #isFull(): boolean {
    return this.#sink.queued() > QUEUE_BYTES;
  }

  /** Waits until the queue is empty; a reader that takes nothing meanwhile is cut. */
  #drained(): Promise<void> {
    const { clock } = this.deps;
    const sink = this.#sink;
    return new Promise((resolve) => {
      const watch = (before: number): void => {
        this.#disarm = clock.after(STALLED_MS, () => {
          const now = sink.progress();
          if (now <= before) sink.cut();
          else watch(now);
        });
      };
      watch(sink.progress());
      sink.onDrained(() => {
        this.#disarm?.();
        resolve();
      });
    });
  }

  #cursor(): string {
    const open = this.#fold.open.messages.map((message) => this.#offsets.get(message.message_id) ?? 0);
    return formatCursor(this.#fold.seq, open);
  }

  /** Whether nothing more can come for this watcher. */
  #isOver(fold: ConversationFold): boolean {
    const { run, follow } = this.deps;
    if (run !== undefined) return fold.seq >= run.start_seq && fold.run?.id !== run.run_id;
    if (follow || fold.run !== undefined || fold.status === 'queued') return false;
    return fold.seq === this.deps.channel()?.fold.seq;
  }

  #finish(error?: unknown): void {
    if (this.#closed) return;
    this.#stop();
    if (error === undefined) this.#sink.end();
    else this.#sink.cut(error);
    this.deps.onEnd(error);
  }
}

/** Where a part of a text that begins at `start` ends: never inside a code point. */
function endOfPart(text: string, start: number): number {
  const end = start + PART;
  if (end >= text.length) return text.length;
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last < 0xdc00 ? end - 1 : end;
}
