import type {
  ActionType,
  Fact,
  FactType,
  MessageEnd,
  MessageRole,
  StopReason,
  ToolCall,
  ToolExecutionEnd,
  ToolResultReceived,
  Usage,
} from '../core/events/conversation-event.js';
import { answerText } from '../core/events/conversation-event.js';
import { isRemembered } from '../core/events/message-step.js';
import type { ConversationRef, MessageId } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import { readFacts } from './load-fold.js';

const DEFAULT_LIMIT = 100;
/** UTF-16 units of the texts of a page; one that is larger is a page of its own. */
const PAGE_CHARS = 4 * 2 ** 20;
/** What a message and all that belongs to it stands in. */
const TYPES: readonly FactType[] = ['message_end', 'action', 'tool_execution_end', 'tool_result_received'];

/** What became of a tool call, as the model is told it. */
export interface ListedToolResult {
  readonly tool_call_id: string;
  readonly name: string;
  readonly content: string;
  readonly is_error: boolean;
}

/** A message as it stands in the log, with the action it carried and the tools it called. */
export interface ListedMessage {
  /** `seq` of its end: where a page goes on. */
  readonly seq: number;
  readonly message_id: MessageId;
  readonly at: number;
  readonly role: MessageRole;
  readonly agent?: string;
  readonly text: string;
  readonly stop_reason: StopReason;
  readonly usage?: Usage;
  readonly turn?: number;
  readonly action_type?: ActionType;
  readonly to?: readonly string[];
  readonly tool_calls?: readonly ToolCall[];
  /** In the order of the calls; of a run under way some may be missing. */
  readonly tool_results?: readonly ListedToolResult[];
}

export interface MessagesPage {
  readonly messages: readonly ListedMessage[];
  readonly next_cursor?: string;
}

/** Lists the messages of a conversation in the order in which they ended. Discarded ones are not among them, nor what came before an
 * answer that was improved. */
export class ListMessages {
  constructor(private readonly store: ConversationStore) {}

  /** @throws ParleyError `not_found`, `cursor_malformed` */
  async execute(
    ref: ConversationRef,
    query: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  ): Promise<MessagesPage> {
    if ((await this.store.catalogue.get(ref)) === undefined)
      throw new ParleyError('not_found', 'there is no such conversation');
    const cursor = query.cursor ?? '0';
    if (!/^\d{1,15}$/.test(cursor))
      throw new ParleyError('cursor_malformed', 'the cursor is malformed: send back the last "next_cursor"');
    const limit = query.limit ?? DEFAULT_LIMIT;
    const { messages, more } = await this.#collect(ref, Number(cursor), limit);
    const last = messages.at(-1);
    return { messages, ...(more && last !== undefined ? { next_cursor: String(last.seq) } : {}) };
  }

  /** An action and the results of tools follow the end of their message before another one ends. */
  async #collect(
    ref: ConversationRef,
    after: number,
    limit: number,
  ): Promise<{ readonly messages: readonly ListedMessage[]; readonly more: boolean }> {
    const gathered = new GatheredMessages();
    for await (const page of readFacts(this.store.log, ref, { after, types: TYPES })) {
      for (const fact of page) gathered.add(fact);
      const { messages, chars } = gathered;
      // One more than is given, so that the last one given has met what belongs to it.
      if (messages.length > limit + 1 || (chars > PAGE_CHARS && messages.length > 1))
        return { messages: messages.slice(0, Math.min(limit, messages.length - 1)), more: true };
    }
    const { messages } = gathered;
    return { messages: messages.slice(0, limit), more: messages.length > limit };
  }
}

/** Messages, each with what belongs to it. */
class GatheredMessages {
  readonly messages: ListedMessage[] = [];
  /** UTF-16 units of their texts. */
  chars = 0;

  add(fact: Fact): void {
    const { body } = fact;
    switch (body.type) {
      case 'message_end':
        if (!isRemembered(body.step)) return;
        this.messages.push(toMessage(fact, body));
        this.chars += body.text.length;
        return;
      case 'action':
        this.#complete(
          ({ message_id }) => message_id === body.message_id,
          () => ({
            turn: body.turn,
            action_type: body.action_type,
            ...(body.to === undefined ? {} : { to: body.to }),
          }),
        );
        return;
      case 'tool_execution_end':
      case 'tool_result_received':
        this.chars += body.result.length;
        this.#complete(
          ({ tool_calls = [] }) => tool_calls.some(({ id }) => id === body.tool_call_id),
          (message) => ({ tool_results: withResult(message, body) }),
        );
        return;
      default:
    }
  }

  /** What belongs to a message of the page before finds none. */
  #complete(
    isMeant: (message: ListedMessage) => boolean,
    change: (message: ListedMessage) => Partial<ListedMessage>,
  ): void {
    const at = this.messages.findLastIndex(isMeant);
    const message = this.messages[at];
    if (message !== undefined) this.messages[at] = { ...message, ...change(message) };
  }
}

/** In the order in which the model asked, as it is told them. */
function withResult(
  { tool_calls = [], tool_results = [] }: ListedMessage,
  body: ToolExecutionEnd | ToolResultReceived,
): readonly ListedToolResult[] {
  const is_error = body.type === 'tool_execution_end' ? body.status !== 'completed' : body.is_error;
  const { tool_call_id, tool_name: name, result: content } = body;
  const placeOf = (result: ListedToolResult): number => tool_calls.findIndex(({ id }) => id === result.tool_call_id);
  return [...tool_results, { tool_call_id, name, content, is_error }].toSorted((a, b) => placeOf(a) - placeOf(b));
}

function toMessage(fact: Fact, body: MessageEnd): ListedMessage {
  return {
    seq: fact.seq,
    message_id: body.message_id,
    at: fact.at,
    role: body.role,
    ...(fact.agent === undefined ? {} : { agent: fact.agent }),
    text: answerText(body),
    stop_reason: body.stop_reason,
    ...(body.usage === undefined ? {} : { usage: body.usage }),
    ...(body.tool_calls === undefined ? {} : { tool_calls: body.tool_calls }),
  };
}
