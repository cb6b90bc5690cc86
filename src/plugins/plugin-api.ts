import type { EvaluatorPluginClass } from '../evaluators/evaluator-plugin.js';
import type { ProviderPluginClass } from '../providers/plugin-provider.js';
import type { RequestHandlerClass } from '../providers/workflow/request-handler.js';
import type { ResponseParserClass } from '../providers/workflow/response-parser.js';
import type { ToolPlugin } from '../tools/tool-plugin.js';

/**
 * What a plugin registers its parts with. Every name is taken once: a second time, or a built-in name, is an error that
 * names the plugin. A class is built with the `config` of whatever the configuration names it for.
 */
export interface PluginApi {
  /** A type for `evaluators:`. */
  registerEvaluator(type: string, evaluator: EvaluatorPluginClass): void;
  /** A type for `models:`. Its class is built with the model's entry. */
  registerProvider(type: string, provider: ProviderPluginClass): void;
  /** A name for `custom_config.request_handler` of a workflow model. */
  registerRequestHandler(name: string, handler: RequestHandlerClass): void;
  /** A name for `custom_config.response_parser` of a workflow model. */
  registerResponseParser(name: string, parser: ResponseParserClass): void;
  /** A tool for agents. */
  registerTool(tool: ToolPlugin): void;
}

/** What a plugin module exports as its default. */
export type RegisterPlugin = (api: PluginApi) => void | Promise<void>;
