// `parley/agent`: agents inside a program. Imports neither Nest nor a server.
import './agent/check-node.js';
export type {
  AssistantMessage,
  ImageContent,
  Message,
  StopReason,
  TextContent,
  ThinkingContent,
  TokenUsage,
  ToolCallContent,
  ToolResultMessage,
  UsageCost,
  UserMessage,
} from '../core/agent-messages/message.js';
export { ParleyError } from '../core/kernel/parley-error.js';
export type { ErrorCode } from '../core/kernel/parley-error.js';
export type {
  CacheMark,
  ModelDelta,
  ModelEnd,
  ModelMessage,
  ModelProvider,
  ModelRequest,
} from '../core/ports/model-provider.js';
export type { FromSchema, ParametersSchema } from '../tools/define-tool.js';
export { Agent } from './agent/agent.js';
export type { AgentListener } from './agent/agent.js';
export type { AgentEvent, MessageUpdate } from './agent/agent-event.js';
export { userMessage } from './agent/agent-message.js';
export type { AgentInput, AgentMessage, CustomAgentMessages } from './agent/agent-message.js';
export type {
  AgentHooks,
  AgentOptions,
  QueueMode,
  ToolCallMoment,
  ToolResultMoment,
  TurnMoment,
} from './agent/agent-options.js';
export type { AgentState } from './agent/agent-state.js';
export { defineTool, textResult } from './agent/agent-tool.js';
export type { AgentTool, AgentToolDefinition, AgentToolResult, ToolUpdate } from './agent/agent-tool.js';
export { AssistantStream } from './agent/assistant-stream.js';
export { isContextOverflow } from './agent/context-overflow.js';
export { EventStream } from './agent/event-stream.js';
export { OpenAICompatModel, OpenRouterModel } from './agent/model.js';
export type { Model, ModelCost, ModelInput } from './agent/model.js';
export type { AssistantMessageEvent, Context, StreamedEvent, StreamFn, StreamOptions } from './agent/stream-event.js';
export {
  collectOpenAICompletions,
  openaiCompletionsStream,
  streamModel,
  streamOpenAICompat,
  streamOpenRouter,
  streamProvider,
} from './agent/stream-model.js';
export { proxyStreamFn, streamProxy } from './agent/stream-proxy.js';
export type { ProxyAddress } from './agent/stream-proxy.js';
export type { ThinkingBudgets, ThinkingLevel } from './agent/thinking.js';
