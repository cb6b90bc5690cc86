import type { ErrorCode } from '../../core/kernel/parley-error.js';

/** How an error shows in each dialect. */
export interface WireError {
  readonly http: number;
  /** Title of the problem document (RFC 9457). */
  readonly title: string;
  /** `error.type` of the OpenAI dialect. */
  readonly openai: string;
  /** JSON-RPC 2.0 error code. */
  readonly jsonrpc: number;
  /** WebSocket close code, where the error ends the socket. */
  readonly close: number;
}

const caller = (http: number, title: string, jsonrpc = -32602): WireError => ({
  http,
  title,
  openai: 'invalid_request_error',
  jsonrpc,
  close: 1008,
});
const server = (http: number, title: string): WireError => ({
  http,
  title,
  openai: 'server_error',
  jsonrpc: -32603,
  close: 1011,
});

/** The one table: a new error code does not compile until it has its place in every dialect. */
export const ERROR_TABLE: Readonly<Record<ErrorCode, WireError>> = {
  malformed_request: caller(400, 'Malformed request', -32600),
  request_timeout: caller(408, 'Request timed out'),
  headers_too_large: caller(431, 'Header fields too large'),
  invalid_json: { ...caller(400, 'Not JSON', -32700), close: 1007 },
  invalid_request: caller(422, 'Invalid request'),
  not_found: caller(404, 'Not found', -32000),
  method_not_allowed: caller(405, 'Method not allowed', -32601),
  not_acceptable: caller(406, 'Not acceptable'),
  conflict: caller(409, 'Conflict', -32603),
  idempotency_mismatch: caller(422, 'Idempotency key used with another body'),
  payload_too_large: { ...caller(413, 'Payload too large'), close: 1009 },
  unsupported_media_type: caller(415, 'Unsupported media type'),
  misdirected_request: caller(421, 'Misdirected request'),
  cursor_malformed: caller(400, 'Malformed cursor'),
  cursor_ahead: caller(409, 'Cursor beyond the log'),
  cursor_gone: caller(410, 'Cursor past retention'),
  config_invalid: server(500, 'Invalid configuration'),
  unauthenticated: { ...caller(401, 'No key', -32001), openai: 'authentication_error', close: 4401 },
  forbidden: { ...caller(403, 'Not allowed', -32001), openai: 'permission_error', close: 4403 },
  rate_limited: { ...caller(429, 'Too many requests', -32002), openai: 'rate_limit_error', close: 4429 },
  too_many_runs: { ...caller(429, 'Too many runs', -32002), openai: 'rate_limit_error', close: 4429 },
  slow_consumer: { ...caller(408, 'Reader too slow', -32002), close: 4408 },
  budget_spent: { ...caller(429, 'Budget spent', -32002), openai: 'insufficient_quota', close: 4429 },
  upstream_auth: server(502, 'The model provider refused the key'),
  upstream_rate_limited: { ...server(502, 'The model provider is rate-limiting'), openai: 'rate_limit_error' },
  upstream_rejected: server(502, 'The model provider refused the request'),
  upstream_overflow: {
    ...server(502, 'The conversation is longer than the model takes'),
    openai: 'invalid_request_error',
  },
  upstream_unavailable: server(502, 'The model provider is unavailable'),
  upstream_timeout: server(504, 'The model provider timed out'),
  upstream_truncated: server(502, 'The model provider broke off'),
  upstream_invalid: server(502, 'The model provider gave an invalid answer'),
  upstream_empty: server(502, 'The model provider gave an empty answer'),
  upstream_too_large: server(502, 'The model provider gave too large an answer'),
  internal: server(500, 'Internal error'),
  aborted: server(499, 'Aborted'),
  draining: { ...server(503, 'Shutting down'), close: 1012 },
  overloaded: { ...server(503, 'Overloaded'), close: 1013 },
  storage_unavailable: { ...server(503, 'The store is unavailable'), close: 1013 },
  storage_full: { ...server(503, 'The store is full'), close: 1013 },
  storage_owned: server(503, 'The store is owned by another process'),
  storage_corrupt: server(503, 'The store is corrupt'),
  seq_conflict: server(409, 'The log was written by somebody else'),
  fenced: server(409, 'The run was taken over'),
};
