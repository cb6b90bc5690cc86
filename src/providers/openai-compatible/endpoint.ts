import { callHeaders, type CallHeaders, type CallHeaderParts } from '../shared/call-headers.js';

/** Where a model is asked: one origin, which is the only one its key is ever sent to. */
export interface Endpoint extends CallHeaders {
  readonly origin: string;
  readonly chatPath: string;
  readonly modelsPath: string;
  /** The path names the model; a body cannot ask for another one. */
  readonly fixedModel?: true;
}

/** What an endpoint is made of. */
export interface EndpointParts {
  readonly base: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an Azure endpoint is made of besides. */
export interface AzureParts extends EndpointParts {
  readonly deployment: string;
  readonly apiVersion: string;
}

/** `POST {base}/chat/completions` with a bearer key. A base may also be the full URL. */
export function openAiEndpoint(parts: EndpointParts): Endpoint {
  const url = new URL(parts.base);
  const root = rootOf(url);
  const paths = { chatPath: `${root}/chat/completions${url.search}`, modelsPath: `${root}/models${url.search}` };
  return { origin: url.origin, ...paths, ...headersOf(parts, 'authorization', 'Bearer ') };
}

/** Azure: one path a deployment, the version in the query, the key in a header of its own. */
export function azureEndpoint(parts: AzureParts): Endpoint {
  const url = new URL(parts.base);
  const root = rootOf(url);
  const shared = { origin: url.origin, ...headersOf(parts, 'api-key') };
  // A base that ends in /openai/v1 is the newer API, which has the deployment in the body as everybody else.
  if (root.endsWith('/openai/v1')) {
    return { ...shared, chatPath: `${root}/chat/completions`, modelsPath: `${root}/models` };
  }
  const path = root.endsWith('/openai') ? root : `${root}/openai`;
  const query = `?api-version=${encodeURIComponent(parts.apiVersion)}`;
  const chatPath = `${path}/deployments/${encodeURIComponent(parts.deployment)}/chat/completions${query}`;
  return { ...shared, chatPath, modelsPath: `${path}/models${query}`, fixedModel: true };
}

/** Adds `/v1` to a base that has no path: the servers people run themselves have their API there. */
export function withVersionPath(base: string): string {
  const url = new URL(base);
  if (url.pathname === '/') url.pathname = '/v1';
  return url.href;
}

function rootOf(url: URL): string {
  return url.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
}

function headersOf({ key, headers }: EndpointParts, name: string, prefix = ''): CallHeaders {
  const shown: CallHeaderParts = key === undefined ? {} : { key: [name, `${prefix}${key}`], secret: key };
  return callHeaders({ ...shown, ...(headers === undefined ? {} : { given: headers }) });
}
