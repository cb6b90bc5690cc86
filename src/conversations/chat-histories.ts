import { closeAnswer, evolveHistory, NO_HISTORY, type History } from '../core/agent/history.js';
import type { Fact, FactType } from '../core/events/conversation-event.js';
import type { ConversationRef } from '../core/kernel/ids.js';
import type { EventLog } from '../core/ports/conversation-store.js';
import type { ModelMessage } from '../core/ports/model-provider.js';
import { readFacts } from './load-fold.js';

/** The facts that a history is made of. */
const HISTORY_TYPES: readonly FactType[] = [
  'run_start',
  'message_end',
  'tool_execution_end',
  'tool_result_received',
  'turn_end',
  'run_end',
];
/** Facts of the log for each message that a model is shown: an exchange without tools takes ten for two. */
const FACTS_PER_MESSAGE = 8;
/** UTF-16 units of one history: more than any model takes. What a run holds in memory does not grow with its conversation. */
const MOST_CHARS = 16 * 2 ** 20;
/** UTF-16 units of all histories that are kept; those not asked for longest go first. */
const KEPT_CHARS = 16 * 2 ** 20;

export interface ChatHistoriesOptions {
  readonly log: EventLog;
  /** Messages that a model is shown at most: older ones are not read. */
  readonly messages: number;
}

interface Kept {
  readonly seq: number;
  readonly history: History;
  readonly chars: number;
}

/**
 * Reads what was said in a conversation, as a model is shown it. Bounded, however long the conversation is: what no model
 * is shown any more is not read, and of a conversation that goes on only what is new.
 */
export class ChatHistories {
  /** In the order of their last use. */
  readonly #kept = new Map<string, Kept>();
  #chars = 0;

  constructor(private readonly options: ChatHistoriesOptions) {}

  /** What was said before a place in the log that begins a run. */
  async before(ref: ConversationRef, seq: number): Promise<History> {
    const known = this.#take(ref, seq);
    const history = await this.#read(ref, seq, known);
    this.#keep(ref, seq, history);
    return history;
  }

  async #read(ref: ConversationRef, seq: number, known: Kept | undefined): Promise<History> {
    const { log, messages } = this.options;
    const earliest = seq - 1 - messages * FACTS_PER_MESSAGE;
    // From the middle of a run nothing can be made of its results: what is left of it is passed over.
    let whole = earliest <= 0 || (known !== undefined && known.seq - 1 >= earliest);
    const after = whole ? (known?.seq ?? 1) - 1 : earliest;
    let history = whole && known !== undefined ? known.history : NO_HISTORY;
    for await (const page of readFacts(log, ref, { after, until: seq - 1, types: HISTORY_TYPES })) {
      for (const fact of page) {
        whole ||= isRunStart(fact);
        if (whole) history = evolveHistory(history, fact);
      }
      history = { ...history, messages: newest(history.messages, Infinity) };
    }
    return { messages: newest(closeAnswer(history).messages, 2 * messages) };
  }

  #take(ref: ConversationRef, seq: number): Kept | undefined {
    const key = keyOf(ref);
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#chars -= kept.chars;
    return kept.seq <= seq ? kept : undefined;
  }

  #keep(ref: ConversationRef, seq: number, history: History): void {
    const chars = history.messages.reduce((sum, message) => sum + message.content.length + 200, 0);
    if (chars > KEPT_CHARS / 4) return;
    this.#kept.set(keyOf(ref), { seq, history, chars });
    this.#chars += chars;
    for (const [key, kept] of this.#kept) {
      if (this.#chars <= KEPT_CHARS) break;
      this.#kept.delete(key);
      this.#chars -= kept.chars;
    }
  }
}

/** The last so many that are not too much text, at least one, without results whose call is not among them. */
function newest(messages: readonly ModelMessage[], most: number): readonly ModelMessage[] {
  let first = messages.length;
  for (let chars = 0; first > 0 && messages.length - first < most; first--) {
    chars += messages[first - 1]?.content.length ?? 0;
    if (chars > MOST_CHARS && first < messages.length) break;
  }
  if (first === 0) return messages;
  const last = messages.slice(first);
  const begin = last.findIndex(({ role }) => role !== 'tool');
  return begin < 0 ? [] : last.slice(begin);
}

function isRunStart({ body }: Fact): boolean {
  return body.type === 'run_start';
}

function keyOf({ tenant, conversation_id }: ConversationRef): string {
  return `${tenant} ${conversation_id}`;
}
