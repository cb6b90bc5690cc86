// `parley/agent`: agents inside a program. Imports neither Nest nor a server.
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
export type { ModelDelta, ModelEnd, ModelMessage, ModelProvider, ModelRequest } from '../core/ports/model-provider.js';
export { AssistantStream } from './agent/assistant-stream.js';
export { EventStream } from './agent/event-stream.js';
export { OpenAICompatModel, OpenRouterModel } from './agent/model.js';
export type { Model, ModelCost, ModelInput } from './agent/model.js';
export type { AssistantMessageEvent, Context, StreamFn, StreamOptions } from './agent/stream-event.js';
export {
  collectOpenAICompletions,
  openaiCompletionsStream,
  streamModel,
  streamOpenAICompat,
  streamOpenRouter,
  streamProvider,
} from './agent/stream-model.js';
export type { ThinkingBudgets, ThinkingLevel } from './agent/thinking.js';
