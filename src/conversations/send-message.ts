import type { OnDisconnect } from '../core/events/conversation-event.js';
import type { ConversationRef } from '../core/kernel/ids.js';
import { ParleyError, type FieldProblem } from '../core/kernel/parley-error.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import type { GiveInput, GivenAction, InputRequest } from './give-input.js';
import { requireConversation } from './require-conversation.js';
import type { ChatOptions, StartChat, StartedChat } from './start-chat.js';

/** What somebody says in a conversation: to an agent that answers, or as one of those who take part. */
export interface MessageRequest extends InputRequest {
  /** Of a chat. Default: continue. */
  readonly on_disconnect?: OnDisconnect | undefined;
  /** Of a chat. Default: reject. */
  readonly on_busy?: 'reject' | 'queue' | undefined;
}

/** What became of it: the action of a person was taken, or a run was begun in which an agent answers. */
export type SentMessage =
  { readonly kind: 'action'; readonly action: GivenAction } | { readonly kind: 'chat'; readonly started: StartedChat };

const OF_ACTIONS = ['agent', 'action_type', 'argument', 'to'] as const satisfies readonly (keyof MessageRequest)[];
const OF_CHATS = ['on_disconnect', 'on_busy'] as const satisfies readonly (keyof MessageRequest)[];

/** Takes what is said in a conversation, whatever its kind. */
export class SendMessage {
  constructor(
    private readonly store: ConversationStore,
    private readonly give: GiveInput,
    private readonly chats: StartChat,
  ) {}

  /**
   * Resolves once it is durable.
   *
   * @throws ParleyError `invalid_request` naming the field, and what `GiveInput` or `StartChat` say
   */
  async execute(ref: ConversationRef, request: MessageRequest, options: ChatOptions): Promise<SentMessage> {
    const { kind } = await requireConversation(this.store, ref);
    if (kind === 'multi_agent') {
      refuse(request, OF_CHATS, 'is for conversations with one agent');
      return { kind: 'action', action: await this.give.execute(ref, request) };
    }
    refuse(request, OF_ACTIONS, 'is for conversations of agents with each other: say it in "message"');
    const { message, on_disconnect = 'continue', on_busy = 'reject' } = request;
    if (message === undefined) throw invalid([{ pointer: '/message', message: 'must be given' }]);
    const { conversation_id } = ref;
    const chat = { kind, message: { text: message }, conversation_id, on_disconnect, on_busy };
    return { kind: 'chat', started: await this.chats.execute(ref.tenant, chat, options) };
  }
}

function refuse(request: MessageRequest, fields: readonly (keyof MessageRequest)[], why: string): void {
  const given = fields.filter((field) => request[field] !== undefined);
  if (given.length > 0) throw invalid(given.map((field) => ({ pointer: `/${field}`, message: why })));
}

function invalid(problems: readonly FieldProblem[]): ParleyError {
  const detail = problems.map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
  return new ParleyError('invalid_request', detail, { problems });
}
