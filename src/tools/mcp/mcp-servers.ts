import type { Tool } from '../../core/ports/tool.js';
import { McpServer, type McpDeps } from './mcp-server.js';
import type { McpSettings } from './mcp-settings.js';

/** The configured MCP servers: their tools, in the order of the configuration. */
export class McpServers {
  readonly #servers: readonly McpServer[];
  #seen: readonly (readonly Tool[])[] = [];
  #tools: readonly Tool[] = [];

  constructor(settings: readonly McpSettings[], deps: McpDeps) {
    this.#servers = settings.map((one) => new McpServer(one, deps));
  }

  /** Those of all that are connected now. The same array as long as nothing changed. */
  tools(): readonly Tool[] {
    const now = this.#servers.map((server) => server.tools);
    if (now.some((tools, index) => tools !== this.#seen[index])) {
      this.#seen = now;
      this.#tools = now.flat();
    }
    return this.#tools;
  }

  /** Begins to connect to all, in the background: a server that is not there never stops the start. */
  start(): void {
    for (const server of this.#servers) server.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
  }
}
