import { OWN_HEADERS } from '../shared/own-headers.js';
/** Where a model is asked: one origin, which is the only one its key is ever sent to. */
export interface Endpoint {
  readonly origin: string;
  readonly chatPath: string;
  readonly modelsPath: string;
  /** Names and values in turn, as undici takes them without copying. */
  readonly headers: readonly string[];
  /** What must not be seen in a log: keys and configured header values. */
  readonly secrets: readonly string[];
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
  const key = parts.key === undefined ? [] : ['authorization', `Bearer ${parts.key}`];
  return build(url, parts, {
    chatPath: `${root}/chat/completions${url.search}`,
    modelsPath: `${root}/models${url.search}`,
    key,
  });
}

/** Azure: one path a deployment, the version in the query, the key in a header of its own. */
export function azureEndpoint(parts: AzureParts): Endpoint {
  const url = new URL(parts.base);
  const root = rootOf(url);
  const key = parts.key === undefined ? [] : ['api-key', parts.key];
  // A base that ends in /openai/v1 is the newer API, which has the deployment in the body as everybody else.
  if (root.endsWith('/openai/v1')) {
    return build(url, parts, { chatPath: `${root}/chat/completions`, modelsPath: `${root}/models`, key });
  }
  const path = root.endsWith('/openai') ? root : `${root}/openai`;
  const query = `?api-version=${encodeURIComponent(parts.apiVersion)}`;
  const chatPath = `${path}/deployments/${encodeURIComponent(parts.deployment)}/chat/completions${query}`;
  return { ...build(url, parts, { chatPath, modelsPath: `${path}/models${query}`, key }), fixedModel: true };
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

interface Paths {
  readonly chatPath: string;
  readonly modelsPath: string;
  readonly key: readonly string[];
}

function build(url: URL, parts: EndpointParts, paths: Paths): Endpoint {
  const { chatPath, modelsPath, key } = paths;
  const given = Object.entries(parts.headers ?? {}).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()));
  const replaced = new Set(given.map(([name]) => name.toLowerCase()));
  const headers = ['content-type', 'application/json', 'accept', 'text/event-stream, application/json'];
  if (!replaced.has('user-agent')) headers.push('user-agent', 'parley');
  if (key[0] !== undefined && !replaced.has(key[0])) headers.push(...key);
  for (const [name, value] of given) headers.push(name.toLowerCase(), value);
  const secrets = [parts.key ?? '', ...given.map(([, value]) => value)].filter((secret) => secret.length >= 4);
  return { origin: url.origin, chatPath, modelsPath, headers, secrets };
}
