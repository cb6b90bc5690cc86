import { isNativeError } from 'node:util/types';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { Clock } from '../../core/ports/clock.js';
import type { Tool } from '../../core/ports/tool.js';
import { schemaProblem } from '../shared/check-arguments.js';
import { McpConnection } from './mcp-connection.js';
import { maskedFor, type McpLog, type McpSettings } from './mcp-settings.js';
import { mcpTool, type CallMcp } from './mcp-tool.js';
import type { McpSdk } from './sdk.js';

export interface McpDeps {
  readonly clock: Clock;
  /** 0 up to 1: spreads the attempts of many servers. */
  readonly random: () => number;
  readonly log: McpLog;
  /** Of Parley. */
  readonly version: string;
  /** Loaded once, when the first server needs it. */
  readonly sdk: () => Promise<McpSdk>;
}

/** ms. */
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 60_000;
/** A connection that lasted this long makes the next wait short again. */
const STEADY = 10_000;
const PROBE_EVERY = 30_000;

/**
 * One server for as long as Parley runs: connects in the background, again and again with growing waits, and has the tools
 * that the server lists while it is connected.
 */
export class McpServer {
  #tools: readonly Tool[] = [];
  /** Opening, or open. */
  #connection: McpConnection | undefined;
  #ready = false;
  #refreshing = false;
  #wait = FIRST_WAIT;
  #connectedAt = 0;
  #disarm: (() => void) | undefined;
  #work: Promise<void> = Promise.resolve();
  readonly #stopping = new AbortController();

  constructor(
    private readonly settings: McpSettings,
    private readonly deps: McpDeps,
  ) {}

  /** Those of now. The same array as long as nothing changed. */
  get tools(): readonly Tool[] {
    return this.#tools;
  }

  /** Begins to connect; never fails. */
  start(): void {
    this.#work = this.#connect();
  }

  /** Closes the connection, and ends the process. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#disarm?.();
    this.#tools = [];
    await this.#connection?.close();
    await this.#work;
  }

  async #connect(): Promise<void> {
    const { log, sdk, version } = this.deps;
    let connection: McpConnection | undefined;
    try {
      const events = { onLost: () => this.#lost(), onToolsChanged: () => this.#refresh() };
      const deps = { sdk: await sdk(), version, log, ...events };
      if (this.#stopping.signal.aborted) return;
      connection = this.#connection = new McpConnection(this.settings, deps);
      await connection.open();
      await this.#list(connection);
      this.#ready = true;
      this.#connectedAt = this.deps.clock.now();
      log.info({ mcp_server: this.settings.name, tools: this.#tools.length }, 'an MCP server is connected');
      this.#probeLater();
    } catch (error) {
      this.#connection = undefined;
      await connection?.close();
      this.#again('an MCP server cannot be used', error);
    }
  }

  async #list(connection: McpConnection): Promise<void> {
    const listed = await connection.listTools();
    const { name } = this.settings;
    const call: CallMcp = (tool, args, context) => this.#call(tool, args, context);
    const tools = listed.flatMap((entry) => {
      const problem = schemaProblem(entry.inputSchema);
      if (problem === undefined) return [mcpTool(name, entry, call)];
      this.deps.log.warn({ mcp_server: name, tool: entry.name.slice(0, 100), problem }, 'a tool has no usable schema');
      return [];
    });
    if (connection === this.#connection && !this.#stopping.signal.aborted) this.#tools = tools;
  }

  readonly #call: CallMcp = async (tool, args, context) => {
    const connection = this.#connection;
    if (connection === undefined || !this.#ready)
      throw new ParleyError('upstream_unavailable', `the MCP server "${this.settings.name}" is not connected`);
    return connection.call(tool, args, context);
  };

  /** The server says that its list changed. One reading after the other, so that the last one stands. */
  #refresh(): void {
    if (this.#refreshing) return;
    this.#refreshing = true;
    this.#work = this.#work.then(async () => {
      this.#refreshing = false;
      const connection = this.#connection;
      if (connection === undefined) return;
      try {
        await this.#list(connection);
        const about = { mcp_server: this.settings.name, tools: this.#tools.length };
        this.deps.log.info(about, 'an MCP server changed its tools');
      } catch (error) {
        this.#warn('the changed tools of an MCP server cannot be listed', error);
      }
    });
  }

  #lost(): void {
    // While it is opening, what waits for its answers is told.
    if (!this.#ready) return;
    this.#ready = false;
    this.#connection = undefined;
    this.#tools = [];
    this.#again('the connection to an MCP server is lost');
  }

  #again(message: string, error?: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const { clock, random } = this.deps;
    if (this.#connectedAt > 0 && clock.now() - this.#connectedAt >= STEADY) this.#wait = FIRST_WAIT;
    this.#connectedAt = 0;
    const wait = Math.round(this.#wait * (0.5 + random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    this.#warn(message, error, { retry_in_ms: wait });
    this.#later(wait, () => this.start());
  }

  #probeLater(): void {
    if (this.settings.url === undefined) return;
    this.#later(PROBE_EVERY, () => {
      void this.#connection?.probe();
      this.#probeLater();
    });
  }

  /** One thing waits at a time: a probe while connected, an attempt while not. */
  #later(ms: number, action: () => void): void {
    this.#disarm?.();
    if (!this.#stopping.signal.aborted) this.#disarm = this.deps.clock.after(ms, action);
  }

  #warn(message: string, error: unknown, about: Readonly<Record<string, unknown>> = {}): void {
    const reason = error === undefined ? {} : { error: maskedFor(this.settings, reasonOf(error)) };
    this.deps.log.warn({ mcp_server: this.settings.name, ...reason, ...about }, message);
  }
}

function reasonOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  // What fetch throws says nothing by itself.
  const { cause } = error;
  return isNativeError(cause) ? `${error.message}: ${cause.message}` : error.message;
}
