import type { ChatRequest } from '../../conversations/start-chat.js';
import type { OnDisconnect } from '../../core/events/conversation-event.js';
import { isConversationId } from '../../core/kernel/ids.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { ChatDto } from './chat.dto.js';
import { toHistory } from './history.js';
import { invalidRequest } from './validation.js';

/** What differs between the doors that take a chat. */
export interface ChatDoor {
  readonly on_disconnect: OnDisconnect;
  /** Messages of a history. */
  readonly history_messages: number;
}

/**
 * A chat as the application layer takes it.
 *
 * @throws ParleyError `invalid_request` for a history that is none, `not_found` for what cannot be a conversation's id
 */
export function toChatRequest(body: ChatDto, door: ChatDoor): ChatRequest {
  const { agent_name, conversation_id, history, instructions, model, user } = body;
  if (typeof conversation_id === 'string' && !isConversationId(conversation_id))
    throw new ParleyError('not_found', 'there is no such conversation');
  if (isGiven(conversation_id) && body.reset_history === true) {
    throw invalidRequest([
      { pointer: '/reset_history', message: 'starts another conversation: give either it or "conversation_id"' },
    ]);
  }
  return {
    kind: 'chat',
    message: { text: body.message },
    ...(isGiven(agent_name) && agent_name !== '' ? { agent_key: agent_name } : {}),
    ...(isGiven(conversation_id) && isConversationId(conversation_id) ? { conversation_id } : {}),
    ...(isGiven(history) ? { history: toHistory(history, { pointer: '/history', most: door.history_messages }) } : {}),
    reset_history: body.reset_history ?? false,
    parallel_tools: body.parallel_tools ?? true,
    ...(isGiven(instructions) ? { instructions } : {}),
    ...(isGiven(model) ? { model } : {}),
    ...(isGiven(user) ? { user } : {}),
    on_disconnect: body.on_disconnect ?? door.on_disconnect,
    on_busy: body.on_busy ?? 'reject',
  };
}

/** `null` stands for "not given". */
function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== undefined && value !== null;
}
