import { toParleyError, type ParleyError } from '../../core/kernel/parley-error.js';
import { ERROR_TABLE } from './error-table.js';

/** Calls in one batch. */
export const BATCH_LIMIT = 20;

/** Codes of JSON-RPC 2.0 (§5.1), and of the session protocol. */
export const RPC_CODES = {
  parse_error: -32700,
  invalid_request: -32600,
  method_not_found: -32601,
  invalid_params: -32602,
  internal_error: -32603,
  invalid_session: -32000,
  no_active_generation: -32003,
} as const;

export type RpcId = string | number | null;

/** An error object of JSON-RPC 2.0 (§5.1). */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** What somebody calls. Without `id` it is a notification: nobody is answered. */
export interface RpcCall {
  readonly id?: RpcId;
  readonly method: string;
  /** An object or a list; undefined: none. */
  readonly params: unknown;
}

export type RpcOutcome = { readonly result: unknown } | { readonly error: RpcError };

/** Does what is called. A ParleyError that it throws is answered by its code. */
export type RpcHandler = (call: RpcCall) => Promise<RpcOutcome> | RpcOutcome;

export const METHOD_NOT_FOUND: RpcOutcome = {
  error: { code: RPC_CODES.method_not_found, message: 'Method not found' },
};

/** An error of ours as JSON-RPC shows it; `data` says what programs want to know. */
export function rpcError(error: ParleyError): RpcError {
  const { code, message, retryable, retryAfter, problems } = error;
  return {
    code: ERROR_TABLE[code].jsonrpc,
    message,
    data: {
      code,
      retryable,
      ...(retryAfter === undefined ? {} : { retry_after: Math.ceil(retryAfter) }),
      ...(problems.length === 0 ? {} : { errors: problems }),
    },
  };
}

/** Whether what is no call at all is answered in JSON-RPC: on its address, where a body is no JSON, or too much of it. */
export function speaksJsonRpc(path: string, { code }: ParleyError): boolean {
  return (path === '/rpc' || path === '/rpc/') && (code === 'invalid_json' || code === 'invalid_request');
}

const INVALID_HEAD = `{"jsonrpc":"2.0","error":{"code":${RPC_CODES.invalid_request},`;

/** Whether an answer says that the message was no call at all. */
export function isInvalidCall(answered: string): boolean {
  return answered.startsWith(INVALID_HEAD);
}

/** What is no JSON, or JSON that is not taken, as an answer. */
export function unreadable(error: ParleyError): string {
  if (error.code === 'invalid_json') return answer(null, refusal(RPC_CODES.parse_error, 'Parse error: Invalid JSON'));
  return answer(null, refusal(RPC_CODES.invalid_request, `Invalid Request: ${error.message}`));
}

/**
 * Answers a message of JSON-RPC 2.0: a call, a notification, or a batch of them, one after the other in their order.
 *
 * @param message parsed JSON
 * @param report for what a notification fails with, and nobody is told
 * @returns undefined if nothing is to be answered
 */
export async function answerRpc(
  message: unknown,
  handle: RpcHandler,
  report: (error: ParleyError) => void = () => undefined,
): Promise<string | undefined> {
  if (!Array.isArray(message)) return answerOne(message, { handle, report, ids: new Set() });
  if (message.length === 0) return answer(null, invalid('a batch must not be empty'));
  if (message.length > BATCH_LIMIT) return answer(null, invalid(`a batch may have ${BATCH_LIMIT} calls at most`));
  const ids = new Set<RpcId>();
  const answers: string[] = [];
  for (const one of message as readonly unknown[]) {
    const answered = await answerOne(one, { handle, report, ids });
    if (answered !== undefined) answers.push(answered);
  }
  return answers.length === 0 ? undefined : `[${answers.join(',')}]`;
}

interface Answering {
  readonly handle: RpcHandler;
  readonly report: (error: ParleyError) => void;
  /** Those that were not answered yet. */
  readonly ids: Set<RpcId>;
}

async function answerOne(message: unknown, { handle, report, ids }: Answering): Promise<string | undefined> {
  const call = readCall(message);
  if ('error' in call) return answer(call.id, { error: call.error });
  const { id } = call;
  if (id !== undefined && id !== null) {
    if (ids.has(id)) return answer(id, invalid('another call with this id is not answered yet'));
    ids.add(id);
  }
  let outcome: RpcOutcome;
  try {
    outcome = await handle(call);
  } catch (thrown) {
    const error = toParleyError(thrown);
    if (id === undefined || error.level === 'error') report(error);
    outcome = { error: rpcError(error) };
  }
  return id === undefined ? undefined : answer(id, outcome);
}

function readCall(message: unknown): RpcCall | { readonly id: RpcId; readonly error: RpcError } {
  if (!isRecord(message)) return { id: null, ...invalid('a call must be an object') };
  const { jsonrpc, method, params, id } = message;
  // An id that is none cannot be given back.
  if (id !== undefined && !isId(id)) {
    return { id: null, ...invalid('"id" must be a text, null, or a number that can be told exactly') };
  }
  const known = id ?? null;
  if (jsonrpc !== '2.0') return { id: known, ...invalid('"jsonrpc" must be "2.0"') };
  if (typeof method !== 'string') return { id: known, ...invalid('"method" must be a text') };
  if (params !== undefined && params !== null && typeof params !== 'object') {
    return { id: known, ...invalid('"params" must be an object or a list') };
  }
  return { method, params: params ?? undefined, ...(id === undefined ? {} : { id }) };
}

function isId(id: unknown): id is RpcId {
  if (id === null || typeof id === 'string') return true;
  return typeof id === 'number' && Number.isFinite(id) && (!Number.isInteger(id) || Number.isSafeInteger(id));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(reason: string): { readonly error: RpcError } {
  return refusal(RPC_CODES.invalid_request, `Invalid Request: ${reason}`);
}

/** An outcome that is an error. */
export function refusal(code: number, message: string, data?: unknown): { readonly error: RpcError } {
  return { error: { code, message, ...(data === undefined ? {} : { data }) } };
}

function answer(id: RpcId, outcome: RpcOutcome): string {
  return JSON.stringify({ jsonrpc: '2.0', ...outcome, id });
}
