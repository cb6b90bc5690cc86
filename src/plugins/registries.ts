import { EvaluatorRegistry } from '../evaluators/evaluator-registry.js';
import { ProviderTypes } from '../providers/provider-types.js';
import { WorkflowRegistry } from '../providers/workflow/workflow-registry.js';
import type { PluginApi } from './plugin-api.js';
import { ToolRegistrations } from '../tools/tool-registrations.js';

/** Everything that plugins add to, of one server: built-in parts are there from the start. */
export interface Registries {
  readonly evaluators: EvaluatorRegistry;
  readonly providers: ProviderTypes;
  readonly workflow: WorkflowRegistry;
  readonly tools: ToolRegistrations;
  /** Folder of the package that MCP servers are spoken to with; there when some are configured. */
  readonly mcp_sdk?: string;
}

/** Fresh registries. Those that are given, filled by a program beforehand, take the place of fresh ones. */
export function createRegistries(given: Partial<Registries> = {}): Registries {
  return {
    evaluators: given.evaluators ?? new EvaluatorRegistry(),
    providers: given.providers ?? new ProviderTypes(),
    workflow: given.workflow ?? new WorkflowRegistry(),
    tools: given.tools ?? new ToolRegistrations(),
  };
}

/** What plugins see of registries. */
export function apiOf({ evaluators, providers, workflow, tools }: Registries): PluginApi {
  return {
    registerEvaluator: (type, evaluator) => evaluators.registerPlugin(type, evaluator),
    registerProvider: (type, provider) => providers.registerProvider(type, provider),
    registerRequestHandler: (name, handler) => workflow.registerRequestHandler(name, handler),
    registerResponseParser: (name, parser) => workflow.registerResponseParser(name, parser),
    registerTool: (tool) => tools.registerTool(tool),
  };
}
