import type { ModelEnd } from '../../core/ports/model-provider.js';
import type { AssistantStream } from './assistant-stream.js';
import { callRequest } from './call-request.js';
import { readModel, type Model, type ModelInput } from './model.js';
import { connect } from './model-connection.js';
import { streamCall } from './stream-call.js';
import type { Context, StreamFn, StreamOptions } from './stream-event.js';

/** Where a proxy is, and who one is there. */
export interface ProxyAddress {
  /** `/api/stream` is added to it. */
  readonly proxyUrl: string;
  /** Sent as a bearer token. */
  readonly authToken: string;
}

type Failed = Extract<ModelEnd, { type: 'failed' }>;

/**
 * Asks a model through a server that has the keys (`POST {proxyUrl}/api/stream`: this project's server, for one).
 *
 * @example
 * const proxied = streamProxy(model, context, { proxyUrl: 'https://parley.example.com', authToken });
 */
export function streamProxy(
  given: ModelInput,
  context: Context,
  options: StreamOptions & ProxyAddress,
): AssistantStream {
  const model = readModel(given);
  const { provider = 'proxy' } = model;
  return streamCall({
    head: { api: model.api ?? 'proxy', provider, model: model.id },
    prepare: async () => ({
      provider: await connect(proxied(model, options), addressed(options)),
      request: callRequest({ provider, model }, context, options),
    }),
    cost: model.cost,
    signal: options.signal,
    describe: describeFailure,
  });
}

/** The model as the proxy knows it; its own base, key and headers are nobody's business there. */
function proxied({ id }: Model, { proxyUrl, authToken }: ProxyAddress): Model {
  return { id, provider: 'proxy', baseUrl: proxyUrl, apiKey: authToken };
}

/** Of the options, those that say how it is reached. */
function addressed({ headers, timeoutMs }: StreamOptions): StreamOptions {
  return { ...(headers === undefined ? {} : { headers }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

/**
 * The same as what an agent takes.
 *
 * @example
 * const agent = new Agent({ streamFn: proxyStreamFn({ proxyUrl: 'https://parley.example.com', authToken }), model: { id: 'gpt' } });
 */
export function proxyStreamFn(address: ProxyAddress): StreamFn {
  return (model, context, options) => streamProxy(model, context, { ...options, ...address });
}

/** The proxy is the program's own: its words may be shown. */
function describeFailure({ message, cause }: Failed): string {
  if (typeof cause !== 'object' || cause === null) return message;
  if ('errorMessage' in cause && typeof cause.errorMessage === 'string') return cause.errorMessage;
  if (!('status' in cause) || typeof cause.status !== 'number') return message;
  const said = 'body' in cause && typeof cause.body === 'string' ? errorIn(cause.body) : undefined;
  return `Proxy error: ${said ?? cause.status}`;
}

function errorIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const error = typeof parsed === 'object' && parsed !== null && 'error' in parsed ? parsed.error : undefined;
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}
