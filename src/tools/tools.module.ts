import { Global, Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ParleyConfig } from '../config/parley-config.js';
import type { Clock } from '../core/ports/clock.js';
import { CHECK_ARGUMENTS, CLOCK, SCHEMA_PROBLEM, TOOLS } from '../core/ports/tokens.js';
import type { Tools } from '../core/ports/tool.js';
import { VERSION } from '../runtime/version.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { builtInTools } from './builtin/built-in-tools.js';
import { McpServers } from './mcp/mcp-servers.js';
import { loadSdk, MCP_SDK, type McpSdk } from './mcp/sdk.js';
import { checkArguments, schemaProblem } from './shared/check-arguments.js';
import { ToolRegistrations } from './tool-registrations.js';
import { ToolRegistry } from './tool-registry.js';

/** The tools of this server. Global: agents, doors and the overview of the server all look tools up. */
@Global()
@Module({
  providers: [
    {
      provide: McpServers,
      inject: [ParleyConfig, CLOCK, LOGGER, MCP_SDK],
      useFactory: (config: ParleyConfig, clock: Clock, log: Logger, place: string | undefined): McpServers => {
        let loaded: Promise<McpSdk> | undefined;
        const sdk = (): Promise<McpSdk> => (loaded ??= loadSdk(place ?? ''));
        return new McpServers(config.mcp_servers, { clock, random: Math.random, log, version: VERSION, sdk });
      },
    },
    {
      provide: TOOLS,
      inject: [CLOCK, ToolRegistrations, McpServers],
      useFactory: (clock: Clock, registered: ToolRegistrations, servers: McpServers): Tools =>
        new ToolRegistry([...builtInTools({ clock }), ...registered.tools], [servers]),
    },
    { provide: CHECK_ARGUMENTS, useValue: checkArguments },
    { provide: SCHEMA_PROBLEM, useValue: schemaProblem },
  ],
  exports: [TOOLS, CHECK_ARGUMENTS, SCHEMA_PROBLEM],
})
export class ToolsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(McpServers) private readonly servers: McpServers) {}

  onApplicationBootstrap(): void {
    this.servers.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.servers.stop();
  }
}
