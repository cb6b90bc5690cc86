import { Global, Module, type DynamicModule } from '@nestjs/common';
import { EvaluatorRegistry } from '../evaluators/evaluator-registry.js';
import { ProviderTypes } from '../providers/provider-types.js';
import { WorkflowRegistry } from '../providers/workflow/workflow-registry.js';
import type { Registries } from './registries.js';
import { MCP_SDK } from '../tools/mcp/sdk.js';
import { ToolRegistrations } from '../tools/tool-registrations.js';

/** The registries of this server, with what its plugins registered. */
@Global()
@Module({})
export class PluginsModule {
  static forRoot({ evaluators, providers, workflow, tools, mcp_sdk }: Registries): DynamicModule {
    return {
      module: PluginsModule,
      providers: [
        { provide: EvaluatorRegistry, useValue: evaluators },
        { provide: ProviderTypes, useValue: providers },
        { provide: WorkflowRegistry, useValue: workflow },
        { provide: ToolRegistrations, useValue: tools },
        { provide: MCP_SDK, useValue: mcp_sdk },
      ],
      exports: [EvaluatorRegistry, ProviderTypes, WorkflowRegistry, ToolRegistrations, MCP_SDK],
    };
  }
}
