import type { Fact } from '../../core/events/conversation-event.js';
import type { ConversationFold } from '../../core/events/fold.js';
import type { ConversationRef, MessageId } from '../../core/kernel/ids.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type {
  AppendBatch,
  EventLog,
  FactQuery,
  FoldSnapshot,
  MessageLocation,
  RunRecord,
} from '../../core/ports/conversation-store.js';
import { copy, type MemoryState, type StoredConversation, type StoredFact } from './memory-state.js';

/** The log in memory. Batches are checked whole, then applied whole. */
export class MemoryLog implements EventLog {
  readonly #state: MemoryState;

  constructor(state: MemoryState) {
    this.#state = state;
  }

  async append(given: AppendBatch): Promise<void> {
    this.#state.requireOpen();
    const batch = copy(given);
    const conversation = this.#accept(batch);
    for (const fact of batch.facts) addFact(conversation, fact);
    conversation.summary = batch.summary;
    if (batch.run !== undefined) writeRun(conversation, { ...batch.run, ...batch.ref });
    if (batch.snapshot !== undefined) {
      const fold = JSON.stringify(batch.snapshot.fold);
      conversation.snapshots.set(batch.snapshot.seq, fold);
      conversation.size += fold.length;
    }
    if (batch.create !== undefined) this.#state.add(batch.ref, conversation);
    if (batch.idempotency !== undefined) this.#state.addClaim(batch.ref.tenant, batch.idempotency);
  }

  async read(ref: ConversationRef, query: FactQuery): Promise<readonly Fact[]> {
    const stored = this.#state.find(ref)?.facts ?? [];
    const facts: Fact[] = [];
    let chars = 0;
    const range = stored.slice(Math.max(0, query.after), query.until);
    for (const fact of query.newest_first === true ? range.toReversed() : range) {
      if (facts.length >= query.limit) break;
      if (!isWanted(fact, query)) continue;
      chars += fact.chars;
      if (chars > (query.max_chars ?? Infinity) && facts.length > 0) break;
      facts.push(JSON.parse(fact.json));
    }
    return facts;
  }

  async snapshot(ref: ConversationRef, at: number): Promise<FoldSnapshot | undefined> {
    const snapshots = this.#state.find(ref)?.snapshots;
    if (snapshots === undefined) return undefined;
    const seq = Math.max(...[...snapshots.keys()].filter((known) => known <= at));
    const json = snapshots.get(seq);
    if (json === undefined) return undefined;
    const fold: ConversationFold = JSON.parse(json);
    return { seq, fold };
  }

  async findMessage(ref: ConversationRef, id: MessageId): Promise<MessageLocation | undefined> {
    return copyIfThere(this.#state.find(ref)?.messages.get(id));
  }

  /** The conversation the batch goes to; a new one is not added yet. Checks in the order the port names. */
  #accept(batch: AppendBatch): StoredConversation {
    const { ref, idempotency, run } = batch;
    if (
      idempotency !== undefined &&
      this.#state.claim(ref.tenant, idempotency, batch.summary.updated_at) !== undefined
    ) {
      throw new ParleyError('conflict', 'the idempotency key was used by another request');
    }
    const conversation = this.#target(batch);
    if (run !== undefined && (conversation.runs.get(run.run_id)?.fence ?? run.fence) > run.fence) {
      throw new ParleyError('fenced', 'the run was taken over by another owner');
    }
    const next = conversation.facts.length + 1;
    const isDense = batch.expected_seq === next && batch.facts.every((fact, index) => fact.seq === next + index);
    if (!isDense) {
      throw new ParleyError('seq_conflict', `the log is at ${next - 1}, the batch starts at ${batch.expected_seq}`);
    }
    return conversation;
  }

  #target(batch: AppendBatch): StoredConversation {
    const stored = this.#state.find(batch.ref);
    if (batch.create === undefined) {
      if (stored === undefined) throw new ParleyError('not_found', 'the conversation does not exist');
      return stored;
    }
    if (stored !== undefined) throw new ParleyError('seq_conflict', 'the conversation exists already');
    const created = JSON.stringify(batch.create);
    return {
      created,
      size: created.length,
      summary: batch.summary,
      facts: [],
      messages: new Map(),
      runs: new Map(),
      snapshots: new Map(),
    };
  }
}

function addFact(conversation: StoredConversation, fact: Fact): void {
  const { body, seq } = fact;
  const chars = JSON.stringify(body).length;
  const json = JSON.stringify(fact);
  conversation.facts.push({ type: body.type, run_id: fact.run_id, chars, json });
  conversation.size += json.length;
  switch (body.type) {
    case 'message_start':
      conversation.messages.set(body.message_id, { start_seq: seq });
      break;
    case 'message_end':
    case 'message_discarded': {
      const begun = conversation.messages.get(body.message_id);
      if (begun !== undefined) conversation.messages.set(body.message_id, { ...begun, end_seq: seq });
      break;
    }
    default:
  }
}

/** A batch carries the lease its writer began with: it must not shorten what `renew` has extended since. */
function writeRun(conversation: StoredConversation, run: RunRecord): void {
  const stored = conversation.runs.get(run.run_id);
  const isSameLease = stored?.fence === run.fence && stored.lease_owner === run.lease_owner;
  const lease_until = isSameLease ? Math.max(stored.lease_until, run.lease_until) : run.lease_until;
  conversation.runs.set(run.run_id, { ...run, lease_until });
}

function isWanted(fact: StoredFact, query: FactQuery): boolean {
  if (query.run_id !== undefined && fact.run_id !== query.run_id) return false;
  return query.types === undefined || query.types.some((type) => type === fact.type);
}

function copyIfThere<Value>(value: Value | undefined): Value | undefined {
  return value === undefined ? undefined : copy(value);
}
