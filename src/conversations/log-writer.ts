import type { BlockKind, Fact, NewFact } from '../core/events/conversation-event.js';
import type { Channel, TextPiece } from '../core/events/channel.js';
import type { OpenText as ShownText } from '../core/events/close-open.js';
import { evolveFold, withoutRunText, type ConversationFold } from '../core/events/fold.js';
import { OpenText } from '../core/events/open-text.js';
import type { MessageId } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { Clock } from '../core/ports/clock.js';
import type {
  AppendBatch,
  EventLog,
  IdempotencyRecord,
  NewConversation,
  RunRecord,
} from '../core/ports/conversation-store.js';
import type { RunLog } from '../core/ports/run-log.js';

/** A snapshot of the fold is kept at least this often, so that no resume has more facts than this to fold. */
export const SNAPSHOT_EVERY = 1_000;

/** What the first batch of a run makes durable beside its facts. */
export interface Acceptance {
  readonly create?: NewConversation;
  readonly idempotency?: IdempotencyRecord;
}

export interface LogWriterDeps {
  readonly log: EventLog;
  readonly clock: Clock;
  /** Runs the callback after what is under way in this turn of the event loop. */
  readonly defer: (callback: () => void) => void;
  /** Called once, when a batch could not be made durable: nothing after it is published. */
  readonly onFailure: (error: ParleyError) => void;
  /** Called with each batch once it is durable, before it is published. Must not throw. */
  readonly onDurable?: (facts: readonly Fact[]) => void;
}

/** A batch on its way: its facts, and between and after them the text that waits for them to be published. */
interface Pending {
  readonly facts: Fact[];
  readonly text: { readonly after: number; readonly piece: TextPiece }[];
}

/**
 * Numbers, dates and writes the facts of one run, and publishes them once they are durable. Facts of one turn of the
 * event loop are one batch. Text is published at once unless facts before it are still on their way.
 */
export class LogWriter implements RunLog {
  #fold: ConversationFold;
  #run: RunRecord;
  #gathering: Pending | undefined;
  readonly #inFlight: Pending[] = [];
  #acceptance: Acceptance;
  #lastSnapshot: number;
  #failure: ParleyError | undefined;
  #closed = false;
  #settled: Promise<void> = Promise.resolve();

  constructor(
    private readonly channel: Channel,
    run: RunRecord,
    private readonly deps: LogWriterDeps,
    acceptance: Acceptance = {},
  ) {
    this.#fold = channel.fold;
    this.#run = run;
    this.#acceptance = acceptance;
    this.#lastSnapshot = channel.fold.seq;
  }

  /** State as of the last appended fact, durable or not. */
  get fold(): ConversationFold {
    return this.#fold;
  }

  append(facts: readonly NewFact[]): void {
    if (this.#closed) return;
    const batch = this.#gather();
    const at = this.deps.clock.now();
    for (const fact of facts) {
      const numbered: Fact = {
        ...fact,
        seq: this.#fold.seq + 1,
        at,
        conversation_id: this.channel.ref.conversation_id,
        run_id: this.#run.run_id,
      };
      this.#fold = evolveFold(this.#fold, numbered);
      batch.facts.push(numbered);
      this.#noteDeadline(numbered);
    }
  }

  delta(message_id: MessageId, block: BlockKind, text: string): void {
    if (this.#closed || text === '') return;
    const message = this.#fold.open.messages.find((open) => open.message_id === message_id);
    const piece: TextPiece = {
      message_id,
      block,
      text,
      at: this.deps.clock.now(),
      run_id: this.#run.run_id,
      ...(message?.agent === undefined ? {} : { agent: message.agent }),
      ...(message?.step === undefined ? {} : { step: message.step }),
    };
    const waiting = this.#gathering ?? this.#inFlight.at(-1);
    if (waiting === undefined) this.channel.publishDelta(piece);
    else waiting.text.push({ after: waiting.facts.length, piece });
  }

  toolUpdate(tool_call_id: string, tool_name: string, partial: unknown): void {
    if (this.#closed) return;
    // Live only: it may come before a fact that is still on its way, but for its call's start, which is durable by then.
    this.channel.publishToolUpdate({
      tool_call_id,
      tool_name,
      partial,
      at: this.deps.clock.now(),
      conversation_id: this.channel.ref.conversation_id,
      run_id: this.#run.run_id,
    });
  }

  committed(): Promise<void> {
    this.#flush();
    return this.#settled;
  }

  /** A run that waits says until when in its row: whoever takes it over keeps to that. */
  #noteDeadline({ body }: Fact): void {
    if (body.type !== 'input_requested' && body.type !== 'tool_request') return;
    if (body.deadline === undefined) return;
    this.#run = { ...this.#run, waiting_until: Date.parse(body.deadline) };
  }

  /** Text of an open message, that which is not published yet included. */
  shownText(id: MessageId): ShownText {
    const whole = new OpenText();
    for (const piece of this.channel.openText(id)?.pieces(0) ?? []) whole.append(piece.block, piece.text);
    for (const pending of [...this.#inFlight, ...(this.#gathering === undefined ? [] : [this.#gathering])]) {
      for (const { piece } of pending.text) if (piece.message_id === id) whole.append(piece.block, piece.text);
    }
    const blocks = whole.blocks();
    return { text: whole.text, ...(blocks === undefined ? {} : { blocks }) };
  }

  /** Takes nothing more: what is appended later is dropped. What is under way is still made durable. */
  close(): void {
    this.#flush();
    this.#closed = true;
  }

  #gather(): Pending {
    if (this.#gathering === undefined) {
      this.#gathering = { facts: [], text: [] };
      this.deps.defer(() => this.#flush());
    }
    return this.#gathering;
  }

  #flush(): void {
    const batch = this.#gathering;
    if (batch === undefined || this.#failure !== undefined) return;
    this.#gathering = undefined;
    this.#inFlight.push(batch);
    const written = this.deps.log.append(this.#toBatch(batch));
    this.#acceptance = {};
    this.#settled = Promise.all([this.#settled, written]).then(() => this.#publish(batch));
    this.#settled.catch((error: unknown) => this.#fail(error));
  }

  #toBatch(batch: Pending): AppendBatch {
    const ended = batch.facts.some((fact) => fact.body.type === 'run_end');
    const snapshot = ended || this.#fold.seq - this.#lastSnapshot >= SNAPSHOT_EVERY;
    if (snapshot) this.#lastSnapshot = this.#fold.seq;
    const state = ended ? 'ended' : this.#fold.status === 'waiting' ? 'waiting' : 'running';
    const { waiting_until, ...run } = this.#run;
    return {
      ref: this.channel.ref,
      expected_seq: batch.facts[0]?.seq ?? this.#fold.seq + 1,
      facts: batch.facts,
      summary: {
        status: this.#fold.status,
        turn_count: this.#fold.turn_count,
        updated_at: batch.facts.at(-1)?.at ?? this.deps.clock.now(),
      },
      run: { ...run, state, ...(state === 'waiting' && waiting_until !== undefined ? { waiting_until } : {}) },
      ...(snapshot ? { snapshot: { seq: this.#fold.seq, fold: withoutRunText(this.#fold) } } : {}),
      ...this.#acceptance,
    };
  }

  #publish(batch: Pending): void {
    this.#inFlight.shift();
    this.deps.onDurable?.(batch.facts);
    let published = 0;
    for (const { after, piece } of merge(batch.text)) {
      if (after > published) this.channel.publishFacts(batch.facts.slice(published, after));
      published = after;
      this.channel.publishDelta(piece);
    }
    if (published < batch.facts.length) this.channel.publishFacts(batch.facts.slice(published));
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure =
      error instanceof ParleyError
        ? error
        : new ParleyError('storage_unavailable', 'the log cannot be written', { cause: error });
    this.#closed = true;
    this.deps.onFailure(this.#failure);
  }
}

/** Neighbouring pieces of one block become one. */
function merge(waiting: Pending['text']): Pending['text'] {
  const merged: Pending['text'] = [];
  for (const { after, piece } of waiting) {
    const last = merged.at(-1);
    if (last?.after === after && last.piece.message_id === piece.message_id && last.piece.block === piece.block) {
      merged[merged.length - 1] = { after, piece: { ...last.piece, text: last.piece.text + piece.text } };
    } else merged.push({ after, piece });
  }
  return merged;
}
