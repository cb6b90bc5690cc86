import type { ConversationRef, MessageId, RunId } from '../kernel/ids.js';
import type { BlockKind, Delta, Fact, MessageStep, ToolUpdate } from './conversation-event.js';
import { formatCursor } from './cursor.js';
import type { Encoder } from './encoder.js';
import { evolveFold, type ConversationFold } from './fold.js';
import { OpenText } from './open-text.js';
import { SharedFrames } from './shared-frames.js';

/** From so many characters, or watchers, on, an event is a load of its own. */
const LARGE_EVENT = 4 * 1024;
const MANY_WATCHERS = 32;

/** Somebody who has everything that was published and gets each event as it comes. */
export interface LiveWatcher {
  readonly encoder: Encoder;
  /** Frames of one event; called in order. Must not throw. */
  receive(frames: string): void;
  /** The same, of an event that is a load: many get it, or it is large and not for this one alone. Must not throw. */
  receiveShared(frames: SharedFrames): void;
  /** After facts: the moment to see whether there is anything left to wait for. Must not throw. */
  afterFacts(): void;
  /** The channel is closed under it. Must not throw. */
  dismissed(): void;
}

/** Counts the characters of all open messages of the process. */
export interface OpenTextMeter {
  chars: number;
}

/** More text of an open message, before it is given its offset. */
export interface TextPiece {
  readonly message_id: MessageId;
  readonly block: BlockKind;
  readonly text: string;
  readonly at: number;
  readonly run_id?: RunId;
  readonly agent?: string;
  readonly step?: MessageStep;
}

/**
 * The live end of one conversation: what is published, the text of its open messages, and who is watching. Bounded: it
 * keeps no queue; a watcher that cannot keep up leaves and reads the log. Facts get here only once they are durable.
 */
export class Channel {
  readonly #watchers = new Map<Encoder, Set<LiveWatcher>>();
  readonly #open = new Map<MessageId, OpenText>();
  #fold: ConversationFold;
  #attending = 0;
  /** Called when the last one who attended is gone. */
  onDeserted: (() => void) | undefined;

  constructor(
    readonly ref: ConversationRef,
    fold: ConversationFold,
    private readonly meter: OpenTextMeter,
  ) {
    this.#fold = fold;
    for (const message of fold.open.messages) this.#open.set(message.message_id, new OpenText());
  }

  /** State as of the last published fact. Immutable. */
  get fold(): ConversationFold {
    return this.#fold;
  }

  /** Whether nobody attends, live or catching up. */
  get deserted(): boolean {
    return this.#attending === 0;
  }

  /** Counts somebody who watches, live or catching up; the returned function, called once, counts them out. */
  attend(): () => void {
    this.#attending++;
    let gone = false;
    return () => {
      if (gone) return;
      gone = true;
      this.#attending--;
      if (this.#attending === 0) this.onDeserted?.();
    };
  }

  /** Text of a message that is open now. */
  openText(id: MessageId): OpenText | undefined {
    return this.#open.get(id);
  }

  /** "Everything published": the cursor all live watchers share. */
  cursor(): string {
    return formatCursor(this.#fold.seq, this.offsets().values());
  }

  /** How much of each open message is published, in order of their start. */
  offsets(): ReadonlyMap<MessageId, number> {
    const offsets = new Map<MessageId, number>();
    for (const [id, open] of this.#open) offsets.set(id, open.length);
    return offsets;
  }

  join(watcher: LiveWatcher): void {
    const group = this.#watchers.get(watcher.encoder);
    if (group === undefined) this.#watchers.set(watcher.encoder, new Set([watcher]));
    else group.add(watcher);
  }

  leave(watcher: LiveWatcher): void {
    const group = this.#watchers.get(watcher.encoder);
    group?.delete(watcher);
    if (group?.size === 0) this.#watchers.delete(watcher.encoder);
  }

  publishFacts(facts: readonly Fact[]): void {
    for (const fact of facts) {
      const before = this.#fold;
      this.#fold = evolveFold(before, fact);
      this.#trackOpen(fact);
      if (this.#watchers.size === 0) continue;
      const cursor = this.cursor();
      for (const [encoder, group] of this.#watchers) deliver(group, encoder.fact(fact, before, cursor));
    }
    for (const group of this.#watchers.values()) {
      for (const watcher of group) watcher.afterFacts();
    }
  }

  publishDelta(piece: TextPiece): void {
    const open = this.#open.get(piece.message_id);
    if (open === undefined) return;
    const offset = open.length;
    open.append(piece.block, piece.text);
    this.meter.chars += piece.text.length;
    if (this.#watchers.size === 0) return;
    const delta: Delta = { ...piece, offset, conversation_id: this.ref.conversation_id };
    // One open message is the usual case, and this is the path every token takes.
    const cursor = this.#open.size === 1 ? `${this.#fold.seq}/${open.length}` : this.cursor();
    for (const [encoder, group] of this.#watchers) deliver(group, encoder.delta(delta, cursor));
  }

  /** What a tool says while it runs: to those who watch now, and never again. */
  publishToolUpdate(update: ToolUpdate): void {
    for (const [encoder, group] of this.#watchers) deliver(group, encoder.toolUpdate?.(update) ?? '');
  }

  /** Sends the live watchers away and forgets the text of open messages: the log goes on elsewhere or later. */
  dispose(): void {
    for (const group of this.#watchers.values()) for (const watcher of group) watcher.dismissed();
    this.#watchers.clear();
    for (const open of this.#open.values()) this.meter.chars -= open.length;
    this.#open.clear();
  }

  #trackOpen(fact: Fact): void {
    const body = fact.body;
    if (body.type === 'message_start') {
      this.#open.set(body.message_id, new OpenText());
    } else if (body.type === 'message_end' || body.type === 'message_discarded') {
      this.meter.chars -= this.#open.get(body.message_id)?.length ?? 0;
      this.#open.delete(body.message_id);
    }
  }
}

function deliver(group: ReadonlySet<LiveWatcher>, frames: string): void {
  if (frames === '') return;
  if (group.size > 1 && (frames.length >= LARGE_EVENT || group.size >= MANY_WATCHERS)) {
    const shared = new SharedFrames(frames);
    for (const watcher of group) watcher.receiveShared(shared);
    return;
  }
  for (const watcher of group) watcher.receive(frames);
}
