import { closeAnswer, evolveHistory, givenHistory, NO_HISTORY, type History } from '../core/agent/history.js';
import type { Fact, FactType } from '../core/events/conversation-event.js';
import { isRemembered } from '../core/events/message-step.js';
import type { ConversationRef } from '../core/kernel/ids.js';
import type { EventLog } from '../core/ports/conversation-store.js';
import type { ModelMessage } from '../core/ports/model-provider.js';
import { readFacts } from './load-fold.js';
import { messageSize } from './message-size.js';

/** The facts that a history is made of. */
const HISTORY_TYPES: readonly FactType[] = [
  'run_start',
  'message_end',
  'tool_execution_end',
  'tool_result_received',
  'turn_end',
  'run_end',
];
/** UTF-16 units of one history: more than any model takes. What a run holds in memory does not grow with its conversation. */
const MOST_CHARS = 16 * 2 ** 20;
/** UTF-16 units of all histories that are kept; those not asked for longest go first. */
const KEPT_CHARS = 16 * 2 ** 20;
/** Of a message, and of a history, beside what is in it. */
const OVERHEAD_CHARS = 200;

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
    const said = new NewestFacts(messages);
    const query = { after: (known?.seq ?? 1) - 1, until: seq - 1, types: HISTORY_TYPES, newest_first: true } as const;
    for await (const page of readFacts(log, ref, query)) {
      for (const fact of page) if (!said.enough) said.add(fact);
      if (said.enough) break;
    }
    const start = said.enough ? NO_HISTORY : (known?.history ?? NO_HISTORY);
    const history = said.inOrder().reduce(evolveHistory, start);
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
    const chars = history.messages.reduce(
      (sum, message) => sum + messageSize(message) + OVERHEAD_CHARS,
      OVERHEAD_CHARS,
    );
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

/** Gathers the facts of a history from its end. */
class NewestFacts {
  readonly #facts: Fact[] = [];
  #messages = 0;
  #chars = 0;
  /** What came before them, no model is shown. */
  enough = false;

  /** @param most messages that are enough, with the whole of the run that the first of them is in */
  constructor(private readonly most: number) {}

  add(fact: Fact): void {
    const { body } = fact;
    if (body.type === 'message_end' && !isRemembered(body.step)) return;
    this.#facts.push(fact);
    switch (body.type) {
      case 'run_start':
        this.enough = this.#messages >= this.most || givenHistory(body) !== undefined;
        break;
      case 'message_end':
        this.#count(body.text);
        // Not at a result: nothing can be made of it without the answer that asked for it.
        this.enough = this.#chars > MOST_CHARS;
        break;
      case 'tool_execution_end':
      case 'tool_result_received':
        this.#count(body.result);
        break;
      default:
    }
  }

  inOrder(): readonly Fact[] {
    return this.#facts.toReversed();
  }

  #count(text: string): void {
    this.#messages++;
    this.#chars += text.length;
  }
}

/** The last so many that are not too much text, at least one, without results whose call is not among them. */
function newest(messages: readonly ModelMessage[], most: number): readonly ModelMessage[] {
  let first = messages.length;
  for (let chars = 0; first > 0 && messages.length - first < most; first--) {
    const message = messages[first - 1];
    chars += message === undefined ? 0 : messageSize(message);
    if (chars > MOST_CHARS && first < messages.length) break;
  }
  if (first === 0) return messages;
  const last = messages.slice(first);
  const begin = last.findIndex(({ role }) => role !== 'tool');
  return begin < 0 ? [] : last.slice(begin);
}

function keyOf({ tenant, conversation_id }: ConversationRef): string {
  return `${tenant} ${conversation_id}`;
}
