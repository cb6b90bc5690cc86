import { isNativeError } from 'node:util/types';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { ToolContext, ToolOutput } from '../../core/ports/tool.js';
import { boundedFetch } from './bounded-fetch.js';
import { maskedFor, type McpLog, type McpSettings } from './mcp-settings.js';
import { mcpOutput } from './mcp-tool.js';
import type { Client, ListedTool, McpSdk, Transport } from './sdk.js';

/** ms. */
const CONNECT_LIMIT = 30_000;
const LIST_LIMIT = 30_000;
const PING_LIMIT = 5_000;
const CLOSE_LIMIT = 2_000;
/** Whoever calls a tool has its own, shorter limit. */
const CALL_LIMIT = 15 * 60_000;
/** How long a server may go on changing its list before it is read again. */
const SETTLE_MS = 100;
/** A watcher is told at most this often how far a call is. */
const UPDATE_EVERY_MS = 100;

/** Tools of one server that are taken, and pages of its list that are read. */
const MAX_TOOLS = 500;
const MAX_PAGES = 50;

const METHOD_NOT_FOUND = -32_601;
/** The SDK's own, for a request without an answer. */
const TIMED_OUT = -32_001;

/** What a connection needs, and whom it tells of what happens. */
export interface ConnectionDeps {
  readonly sdk: McpSdk;
  /** Of Parley: what it calls itself towards servers. */
  readonly version: string;
  readonly log: McpLog;
  /** It is gone. Not told when it was closed on purpose. */
  readonly onLost: () => void;
  readonly onToolsChanged: () => void;
}

/** One connection to one server, from its opening to its end. */
export class McpConnection {
  readonly #client: Client;
  readonly #transport: Transport;
  #calls = 0;
  #closed = false;
  #probing = false;

  constructor(
    private readonly settings: McpSettings,
    private readonly deps: ConnectionDeps,
  ) {
    this.#transport = transportOf(deps.sdk, settings);
    this.#client = new deps.sdk.Client(
      { name: 'parley', version: deps.version },
      {
        capabilities: {},
        // Results are shown to a model, not relied on; and no schema of a server becomes code here.
        jsonSchemaValidator: { getValidator: () => (data) => ({ valid: true, data, errorMessage: undefined }) },
        listChanged: { tools: { autoRefresh: false, debounceMs: SETTLE_MS, onChanged: deps.onToolsChanged } },
      },
    );
    const onerror = (error: Error): void => {
      this.#debug({ error: this.#mask(error) }, 'an MCP connection complains');
      void this.probe();
    };
    Object.assign(this.#client, { onclose: () => this.#end(), onerror } satisfies Partial<Client>);
    this.#logErrorStream();
  }

  /** @throws what the SDK, the process or the network says, for the log; the connection is then to be closed */
  async open(): Promise<void> {
    await this.#client.connect(this.#transport, { timeout: CONNECT_LIMIT });
  }

  /** All tools of the server, page by page; those that only run as tasks are left out. */
  async listTools(): Promise<readonly ListedTool[]> {
    if (this.#client.getServerCapabilities()?.tools === undefined) return [];
    const found: ListedTool[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES && found.length < MAX_TOOLS; page++) {
      const listed = await this.#client.listTools(cursor === undefined ? {} : { cursor }, { timeout: LIST_LIMIT });
      found.push(...listed.tools.filter(({ execution }) => execution?.taskSupport !== 'required'));
      cursor = listed.nextCursor;
      if (cursor === undefined) break;
    }
    return found.slice(0, MAX_TOOLS);
  }

  /**
   * Calls a tool; an abort cancels it at the server as well.
   *
   * @throws ParleyError `aborted`, or `upstream_unavailable` when the server cannot be asked
   */
  async call(name: string, args: Readonly<Record<string, unknown>>, context: ToolContext): Promise<ToolOutput> {
    const { signal, idempotency_key, onUpdate } = context;
    if (signal.aborted) throw aborted();
    this.#calls++;
    try {
      const params = { name, arguments: args, _meta: { 'parley/idempotency_key': idempotency_key } };
      const options = { signal, timeout: CALL_LIMIT, onprogress: throttled(onUpdate) };
      return mcpOutput(await this.#client.callTool(params, undefined, options));
    } catch (error) {
      if (signal.aborted) throw aborted();
      return this.#failed(error);
    } finally {
      this.#calls--;
    }
  }

  /** Asks a server over HTTP whether it is there and knows us; a process tells by itself when it ends. */
  async probe(): Promise<void> {
    if (this.settings.url === undefined || this.#closed || this.#probing) return;
    this.#probing = true;
    try {
      await this.#client.ping({ timeout: PING_LIMIT });
    } catch (error) {
      // One that answers is there; one that is busy with calls may be slow.
      const slow = this.#calls > 0 && codeOf(error) === TIMED_OUT;
      if (codeOf(error) !== METHOD_NOT_FOUND && !slow) await this.#client.close();
    } finally {
      this.#probing = false;
    }
  }

  /** Ends the session and the process. */
  async close(): Promise<void> {
    this.#closed = true;
    await within(CLOSE_LIMIT, this.#transport.terminateSession?.());
    // A process is asked by the end of its input, then by SIGTERM, then killed, 2 s each.
    await this.#client.close().catch(() => undefined);
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.deps.onLost();
  }

  /** What a server answered is a result; that it cannot be asked is ours to tell. */
  #failed(error: unknown): ToolOutput {
    this.#debug({ error: this.#mask(error) }, 'a call of an MCP server failed');
    const code = codeOf(error);
    if (!this.#closed && code !== undefined && code < -1 && code !== TIMED_OUT)
      return { content: this.#mask(error), is_error: true };
    void this.probe();
    const message = `the MCP server "${this.settings.name}" cannot be reached`;
    throw new ParleyError('upstream_unavailable', message, { cause: error });
  }

  #logErrorStream(): void {
    let text = '';
    this.#transport.stderr?.on('data', (chunk: Buffer | string) => {
      const lines = (text + String(chunk)).split('\n');
      text = (lines.pop() ?? '').slice(-65_536);
      for (const line of lines) {
        if (line.trim() !== '') this.#debug({ line: this.#mask(line) }, 'an MCP server says');
      }
    });
  }

  #debug(about: Readonly<Record<string, unknown>>, message: string): void {
    this.deps.log.debug({ mcp_server: this.settings.name, ...about }, message);
  }

  #mask(error: unknown): string {
    return maskedFor(this.settings, isNativeError(error) ? error.message : String(error));
  }
}

/** Of an error of the SDK: a negative one of the protocol, or an HTTP status. */
function codeOf(error: unknown): number | undefined {
  return isNativeError(error) && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

function transportOf(sdk: McpSdk, { command, args, env, url, headers }: McpSettings): Transport {
  if (url !== undefined) {
    const requestInit = { headers: headers ?? {} };
    return new sdk.StreamableHTTPClientTransport(new URL(url), { requestInit, fetch: boundedFetch });
  }
  return new sdk.StdioClientTransport({
    command: command ?? '',
    ...(args === undefined ? {} : { args }),
    env: { ...NOT_INHERITED, ...env },
    stderr: 'pipe',
  });
}

/** The SDK hands on a few variables of ours by itself; of those, a process is to have PATH and HOME. */
const NOT_INHERITED = { LOGNAME: undefined, SHELL: undefined, TERM: undefined, USER: undefined };

type Progress = { readonly progress: number; readonly total?: number; readonly message?: string };

function throttled(onUpdate: (partial: unknown) => void): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return ({ progress, total, message }) => {
    const now = performance.now();
    if (now - last < UPDATE_EVERY_MS && progress !== total) return;
    last = now;
    onUpdate({
      progress,
      ...(total === undefined ? {} : { total }),
      ...(message === undefined ? {} : { message: message.slice(0, 1_000) }),
    });
  };
}

/** Waits for something that is wanted but not needed. */
async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  if (work === undefined) return;
  const over = new Promise((resolve) => setTimeout(resolve, ms).unref());
  await Promise.race([work.catch(() => undefined), over]);
}

function aborted(): ParleyError {
  return new ParleyError('aborted', 'the call was stopped');
}
