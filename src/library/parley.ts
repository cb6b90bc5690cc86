// `parley`: everything a program uses.
import './check-node.js';
export { ConfigError } from '../config/config-error.js';
export { ParleyError } from '../core/kernel/parley-error.js';
export type { ErrorCode } from '../core/kernel/parley-error.js';
export type { EpisodeLog } from '../core/multi-agent/episode-log.js';
export type { Evaluation, EvaluationInput, Evaluator } from '../core/ports/evaluator.js';
export type {
  ModelDelta,
  ModelEnd,
  ModelHealth,
  ModelMessage,
  ModelProvider,
  ModelRequest,
} from '../core/ports/model-provider.js';
export { EvaluatorPlugin } from '../evaluators/evaluator-plugin.js';
export type { EvaluatorPluginClass, PluginMessage, PluginResult } from '../evaluators/evaluator-plugin.js';
export type { PluginApi, RegisterPlugin } from '../plugins/plugin-api.js';
export { ModelResponse } from '../providers/workflow/model-response.js';
export { RequestHandler } from '../providers/workflow/request-handler.js';
export type {
  GenerateOptions,
  RequestHandlerClass,
  WorkflowConfig,
  WorkflowContext,
} from '../providers/workflow/request-handler.js';
export { ResponseParser } from '../providers/workflow/response-parser.js';
export type { ResponseParserClass } from '../providers/workflow/response-parser.js';
export { ConfigManager } from './config-manager.js';
export type { ConfigManagerOptions, ConfigReport, EditableConfig, ModelEntry } from './config-manager.js';
export { createServer } from './create-server.js';
export { ConversationEngine } from './engine/conversation-engine.js';
export type {
  ConversationEngineOptions,
  ConversationMessage,
  EngineResult,
  SystemPrompts,
} from './engine/conversation-engine.js';
export type { ServerOptions } from './create-server.js';
export { generate } from './generate.js';
export type {
  AgentConfig,
  ConversationOptions,
  FinishedConversation,
  ParleyServer,
  ServerModel,
} from './parley-server.js';
export { PluginManager } from './plugin-manager.js';
export type { EvaluatorConfig } from './plugin-manager.js';
export { WorkflowProvider } from './workflow-provider.js';
export { defineTool } from '../tools/define-tool.js';
export type { FromSchema, ToolDefinition } from '../tools/define-tool.js';
export type { ToolPlugin } from '../tools/tool-plugin.js';
