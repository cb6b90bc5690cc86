import type { AssistantMessage } from '../../core/agent-messages/message.js';
import type { ModelProvider } from '../../core/ports/model-provider.js';
import type { AgentEvent } from './agent-event.js';
import type { AgentMessage } from './agent-message.js';
import type { AgentTool } from './agent-tool.js';
import type { ModelInput } from './model.js';
import type { ThinkingLevel } from './thinking.js';

/** What an agent is and where it stands. Changed by the agent only; lists are replaced, never changed in place. */
export interface AgentState {
  readonly system_prompt: string;
  readonly model: ModelInput | ModelProvider | undefined;
  readonly thinking_level: ThinkingLevel;
  readonly tools: readonly AgentTool[];
  readonly messages: readonly AgentMessage[];
  readonly is_streaming: boolean;
  /** The answer that is being written. */
  readonly stream_message: AssistantMessage | null;
  readonly pending_tool_calls: ReadonlySet<string>;
  /** Why the last run failed. */
  readonly error: string | null;
}

/** What an event changes. */
export function evolveState(state: AgentState, event: AgentEvent): Partial<AgentState> {
  switch (event.type) {
    case 'agent_start':
      return { error: null };
    case 'message_start':
      return isAnswer(event.message) ? { stream_message: event.message } : {};
    case 'message_update':
      return { stream_message: event.message };
    case 'message_end':
      return {
        messages: [...state.messages, event.message],
        ...(isAnswer(event.message) ? { stream_message: null } : {}),
      };
    case 'tool_execution_start':
      return { pending_tool_calls: new Set([...state.pending_tool_calls, event.tool_call_id]) };
    case 'tool_execution_end':
      return {
        pending_tool_calls: new Set([...state.pending_tool_calls].filter((id) => id !== event.tool_call_id)),
      };
    case 'turn_end':
      return event.message.error_message === undefined ? {} : { error: event.message.error_message };
    case 'agent_end':
      return { is_streaming: false, stream_message: null, pending_tool_calls: new Set() };
    case 'turn_start':
    case 'tool_execution_update':
      return {};
  }
}

/** Whether a message is a model's. */
export function isAnswer(message: AgentMessage | undefined): message is AssistantMessage {
  return message?.role === 'assistant';
}
