import { existsSync, readFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isRecord } from '../shared/is-record.js';

// What is used of `@modelcontextprotocol/sdk` 1, in our words: the package is installed by those who use MCP servers, and
// need not be there to build or to start.

/** Injection token of the place of the package; undefined where no MCP server is configured. */
export const MCP_SDK = Symbol('McpSdk');

const PACKAGE = '@modelcontextprotocol/sdk';

/** A tool as a server lists it. */
export interface ListedTool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly annotations?: {
    readonly title?: string;
    readonly readOnlyHint?: boolean;
    readonly idempotentHint?: boolean;
  };
  readonly execution?: { readonly taskSupport?: string };
}

export interface CallResult {
  readonly content?: unknown;
  readonly structuredContent?: unknown;
  readonly isError?: unknown;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** ms. */
  readonly timeout?: number;
  readonly onprogress?: (progress: { progress: number; total?: number; message?: string }) => void;
}

export interface Client {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  connect(transport: Transport, options?: RequestOptions): Promise<void>;
  getServerCapabilities(): { readonly tools?: unknown } | undefined;
  listTools(
    params: { readonly cursor?: string },
    options?: RequestOptions,
  ): Promise<{ readonly tools: readonly ListedTool[]; readonly nextCursor?: string }>;
  callTool(
    params: {
      readonly name: string;
      readonly arguments: Readonly<Record<string, unknown>>;
      readonly _meta?: Readonly<Record<string, unknown>>;
    },
    resultSchema: undefined,
    options?: RequestOptions,
  ): Promise<CallResult>;
  ping(options?: RequestOptions): Promise<unknown>;
  close(): Promise<void>;
}

export interface Transport {
  /** stdio only: what the process writes to its error stream. */
  readonly stderr?: NodeJS.ReadableStream | null;
  /** HTTP only: ends the session at the server. */
  terminateSession?(): Promise<void>;
}

export interface McpSdk {
  readonly Client: new (
    info: { readonly name: string; readonly version: string },
    options: {
      readonly capabilities: object;
      readonly jsonSchemaValidator: { getValidator(schema: unknown): (input: unknown) => unknown };
      readonly listChanged: {
        readonly tools: { readonly autoRefresh: false; readonly debounceMs: number; onChanged(): void };
      };
    },
  ) => Client;
  readonly StdioClientTransport: new (options: {
    readonly command: string;
    readonly args?: readonly string[];
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly stderr: 'pipe';
  }) => Transport;
  readonly StreamableHTTPClientTransport: new (
    url: URL,
    options: {
      readonly requestInit: { readonly headers: Readonly<Record<string, string>> };
      readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
    },
  ) => Transport;
}

/** Where the package is; or, as a text, why it cannot be used and what to do. */
export type SdkPlace = { readonly root: string } | string;

/** Looks for the package from each of `folders` upwards. */
export function findSdk(folders: readonly string[]): SdkPlace {
  const manifest = folders.map(manifestFrom).find((found) => found !== undefined);
  if (manifest === undefined)
    return `MCP servers need a package that is not installed: npm install ${PACKAGE}@1 (looked for from ${folders.join(', ')})`;
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version?: unknown };
  if (typeof version !== 'string' || !version.startsWith('1.'))
    return `MCP servers need version 1 of ${PACKAGE}: npm install ${PACKAGE}@1 (${manifest} is version ${String(version)})`;
  return { root: dirname(manifest) };
}

/** Loads the package's client. */
export async function loadSdk(root: string): Promise<McpSdk> {
  const [client, stdio, http] = await Promise.all(
    ['client/index.js', 'client/stdio.js', 'client/streamableHttp.js'].map(
      (part) => import(pathToFileURL(join(root, moduleOf(root, part))).href) as Promise<Partial<McpSdk>>,
    ),
  );
  return { ...client, ...stdio, ...http } as McpSdk;
}

function manifestFrom(folder: string): string | undefined {
  try {
    const found = nodeModule.findPackageJSON(PACKAGE, pathToFileURL(join(folder, 'parley')));
    return found !== undefined && existsSync(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The file of a part of the package, as its `exports` say for imports. */
function moduleOf(root: string, part: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const exports = isRecord(manifest) ? manifest['exports'] : undefined;
  const rule = isRecord(exports) ? exports['./*'] : undefined;
  const pattern = isRecord(rule) ? rule['import'] : rule;
  return typeof pattern === 'string' ? pattern.replace('*', part) : part;
}
