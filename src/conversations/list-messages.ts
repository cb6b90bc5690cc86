import type { ActionType, Fact, MessageRole, StopReason, Usage } from '../core/events/conversation-event.js';
import { answerText } from '../core/events/conversation-event.js';
import { isRemembered } from '../core/events/message-step.js';
import type { ConversationRef, MessageId } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import { readFacts } from './load-fold.js';

const DEFAULT_LIMIT = 100;
/** UTF-16 units of the texts of a page; one that is larger is a page of its own. */
const PAGE_CHARS = 4 * 2 ** 20;

/** A message as it stands in the log, with the action it carried. */
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

  /** An action follows the end of its message in the same commit, so a message is whole once the next fact is read. */
  async #collect(
    ref: ConversationRef,
    after: number,
    limit: number,
  ): Promise<{ readonly messages: readonly ListedMessage[]; readonly more: boolean }> {
    const messages: ListedMessage[] = [];
    let chars = 0;
    for await (const page of readFacts(this.store.log, ref, { after, types: ['message_end', 'action'] })) {
      for (const fact of page) {
        const { body } = fact;
        if (body.type === 'message_end') {
          if (!isRemembered(body.step)) continue;
          messages.push(toMessage(fact, body));
          chars += body.text.length;
        } else if (body.type === 'action') {
          const at = messages.findLastIndex((message) => message.message_id === body.message_id);
          const message = messages[at];
          const to = body.to === undefined ? {} : { to: body.to };
          if (message !== undefined)
            messages[at] = { ...message, turn: body.turn, action_type: body.action_type, ...to };
        }
      }
      // One more than is given, so that the last one given has met its action.
      if (messages.length > limit + 1 || (chars > PAGE_CHARS && messages.length > 1))
        return { messages: messages.slice(0, Math.min(limit, messages.length - 1)), more: true };
    }
    return { messages: messages.slice(0, limit), more: messages.length > limit };
  }
}

function toMessage(fact: Fact, body: Extract<Fact['body'], { type: 'message_end' }>): ListedMessage {
  return {
    seq: fact.seq,
    message_id: body.message_id,
    at: fact.at,
    role: body.role,
    ...(fact.agent === undefined ? {} : { agent: fact.agent }),
    text: answerText(body),
    stop_reason: body.stop_reason,
    ...(body.usage === undefined ? {} : { usage: body.usage }),
  };
}
