import type { AssistantMessage } from '../../core/agent-messages/message.js';
import { saysOverflow } from '../../providers/shared/overflow.js';

/**
 * Whether a call failed because the conversation is longer than the model takes: shorten it (`transformContext`, or
 * `replaceMessages`) and go on. Told by the error's code, else by the words that providers have for it.
 *
 * @param contextWindow tokens that the model takes; given, an answer counts too whose prompt was longer: some providers cut
 * it off without a word
 */
export function isContextOverflow(message: AssistantMessage, contextWindow?: number): boolean {
  const { stop_reason, error_code, error_message = '', usage } = message;
  if (stop_reason === 'error') return error_code === 'upstream_overflow' || saysOverflow(error_message);
  return contextWindow !== undefined && usage.input > contextWindow;
}
