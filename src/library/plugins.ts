// `parley/plugins`: what a plugin is written with. Imports neither Nest nor a server.
export { ParleyError } from '../core/kernel/parley-error.js';
export type { ErrorCode } from '../core/kernel/parley-error.js';
export type {
  ModelDelta,
  ModelEnd,
  ModelHealth,
  ModelMessage,
  ModelProvider,
  ModelRequest,
  ToolSpec,
} from '../core/ports/model-provider.js';
export type { ToolContext, ToolOutput } from '../core/ports/tool.js';
export { EvaluatorPlugin } from '../evaluators/evaluator-plugin.js';
export type {
  EvaluatorPluginClass,
  PluginMessage,
  PluginResult,
  PluginScore,
  PluginTuple,
} from '../evaluators/evaluator-plugin.js';
export type { PluginApi, RegisterPlugin } from '../plugins/plugin-api.js';
export type { ProviderPlugin, ProviderPluginClass, ProviderPluginConfig } from '../providers/plugin-provider.js';
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
export { defineTool } from '../tools/define-tool.js';
export type { FromSchema, JsonSchema, ParametersSchema, ToolDefinition } from '../tools/define-tool.js';
export type { ToolPlugin } from '../tools/tool-plugin.js';
