import type { IncomingMessage } from 'node:http';
import { parseJson } from './json.js';

/** A request read to its end. */
export interface ArrivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly raw: string;
  /** Parsed JSON; undefined if it is none. */
  readonly body: unknown;
}

/** Reads the whole request; undefined if the client left before its end. */
export async function readRequest(request: IncomingMessage): Promise<ArrivedRequest | undefined> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of request) if (part instanceof Uint8Array) parts.push(part);
  } catch {
    return undefined;
  }
  const raw = Buffer.concat(parts).toString('utf8');
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { method: request.method ?? 'GET', path: decoded(path), query, headers, raw, body: parseJson(raw) };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
