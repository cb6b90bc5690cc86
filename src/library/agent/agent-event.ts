import type { AssistantMessage, ToolResultMessage } from '../../core/agent-messages/message.js';
import type { AgentMessage } from './agent-message.js';
import type { AgentToolResult } from './agent-tool.js';
import type { AssistantMessageEvent } from './stream-event.js';

interface OfCall {
  readonly tool_call_id: string;
  readonly tool_name: string;
}

/** Without those that begin and end a message: they have events of their own. */
export type MessageUpdate = Exclude<AssistantMessageEvent, { type: 'start' | 'done' | 'error' }>;

/**
 * What happens in a run:
 *
 *     agent_start
 *       turn_start
 *         message_start, message_end            each of the prompts
 *         message_start, message_update…, message_end    the answer
 *         tool_execution_start                  each of its calls
 *         tool_execution_update                 as they come
 *         tool_execution_end, message_start, message_end    each of its calls, in the order the model asked
 *       turn_end
 *       turn_start …                            while there are calls or messages to answer
 *     agent_end
 *
 * Every start has its end, also when the run fails or is aborted. `agent_end` is always the last.
 */
export type AgentEvent =
  | { readonly type: 'agent_start' }
  | { readonly type: 'turn_start' }
  | { readonly type: 'message_start' | 'message_end'; readonly message: AgentMessage }
  | {
      readonly type: 'message_update';
      /** As it was right after this piece. */
      readonly message: AssistantMessage;
      readonly assistant_message_event: MessageUpdate;
    }
  | (OfCall & { readonly type: 'tool_execution_start'; readonly args: Readonly<Record<string, unknown>> })
  | (OfCall & {
      readonly type: 'tool_execution_update';
      readonly args: Readonly<Record<string, unknown>>;
      readonly partial_result: AgentToolResult;
    })
  | (OfCall & {
      readonly type: 'tool_execution_end';
      readonly result: AgentToolResult;
      readonly is_error: boolean;
    })
  | {
      readonly type: 'turn_end';
      readonly message: AssistantMessage;
      readonly tool_results: readonly ToolResultMessage[];
    }
  /** `messages`: all new ones, the prompts too. */
  | { readonly type: 'agent_end'; readonly messages: readonly AgentMessage[] };
