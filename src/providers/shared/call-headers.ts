import { OWN_HEADERS } from './own-headers.js';

/** The headers of every call to one upstream. */
export interface CallHeaders {
  /** Names and values in turn, as undici takes them without copying. */
  readonly headers: readonly string[];
  /** What must not be seen in a log: the key and configured header values. */
  readonly secrets: readonly string[];
}

/** What they are made of. */
export interface CallHeaderParts {
  /** Name and value of the header that carries the key; none: no key. A configured header of that name replaces it. */
  readonly key?: readonly [name: string, value: string];
  /** The key itself, without what stands around it in its header. */
  readonly secret?: string;
  readonly given?: Readonly<Record<string, string>>;
}

/** JSON out, events in; ours first, then the key, then what is configured. */
export function callHeaders({ key, secret = '', given = {} }: CallHeaderParts): CallHeaders {
  const configured = Object.entries(given).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()));
  const replaced = new Set(configured.map(([name]) => name.toLowerCase()));
  const headers = ['content-type', 'application/json', 'accept', 'text/event-stream, application/json'];
  if (!replaced.has('user-agent')) headers.push('user-agent', 'parley');
  if (key !== undefined && !replaced.has(key[0])) headers.push(...key);
  for (const [name, value] of configured) headers.push(name.toLowerCase(), value);
  return { headers, secrets: [secret, ...configured.map(([, value]) => value)].filter(({ length }) => length >= 4) };
}
