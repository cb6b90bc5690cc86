import type { JsonSchema } from '../json-schema.js';
import type { OperationGroup } from '../operation.js';
import { schemasOf, type DtoNotes } from '../schema-of.js';
import type { SocketChannel, SocketMessage } from './socket-channel.js';

type Json = Readonly<Record<string, unknown>>;
type Named<T> = Readonly<Record<string, T>>;

/** An AsyncAPI 3.0 document. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: Json;
  readonly defaultContentType: string;
  readonly servers: Named<Json>;
  readonly channels: Named<Json>;
  readonly operations: Named<Json>;
  readonly components: Named<Named<Json | JsonSchema>>;
}

export interface AsyncDocumentOptions {
  readonly version: string;
  /** Where the server stands behind a proxy; empty: at the root. */
  readonly base_path: string;
  /** `host:port` that it listens on. */
  readonly host: string;
}

const INTRODUCTION = `The sockets of Parley. Each conversation has one durable log of events, and what a socket gives is a view of that log that
can be left and taken up again, on this socket or on any other door. The HTTP routes are in \`/openapi.json\`.

Keys go with the handshake as \`X-API-Key: …\` or \`Authorization: Bearer …\`; browsers name the subprotocol \`parley.key.<key>\`. A refused
handshake is answered by HTTP, as problem+json.`;

/**
 * Builds the document of the sockets from their channels.
 *
 * @param groups the HTTP routes, whose schemas and notes payloads may point at
 * @throws Error for a payload that points at nothing
 */
export function buildAsyncDocument(
  channels: readonly SocketChannel[],
  groups: readonly OperationGroup[],
  { version, base_path, host }: AsyncDocumentOptions,
): AsyncApiDocument {
  const entries = channels.map((channel) => [channel.name, channelObject(channel)] as const);
  const operations = channels.flatMap((channel) => operationsOf(channel));
  return {
    asyncapi: '3.0.0',
    info: { title: 'Parley sockets', version, description: INTRODUCTION, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    servers: {
      here: {
        host: '{host}',
        protocol: 'ws',
        ...(base_path === '' ? {} : { pathname: base_path }),
        description: 'This server.',
        variables: { host: { default: host, description: 'Where it listens, or the proxy before it.' } },
        security: [{ $ref: '#/components/securitySchemes/apiKey' }, { $ref: '#/components/securitySchemes/bearer' }],
      },
    },
    channels: Object.fromEntries(entries),
    operations: Object.fromEntries(operations),
    components: {
      schemas: schemasFor(channels, groups),
      securitySchemes: {
        apiKey: { type: 'httpApiKey', in: 'header', name: 'X-API-Key', description: 'A key of this server.' },
        bearer: { type: 'http', scheme: 'bearer', description: 'The same keys, as `Authorization: Bearer …`.' },
      },
    },
  };
}

function channelObject({ address, title, description, parameters, received, sent }: SocketChannel): Json {
  const messages = Object.entries({ ...received, ...sent }).map(([name, one]) => [name, messageObject(name, one)]);
  const placed = Object.entries(parameters ?? {}).map(([name, says]) => [name, { description: says }]);
  return {
    address,
    title,
    description,
    ...(placed.length === 0 ? {} : { parameters: Object.fromEntries(placed) }),
    messages: Object.fromEntries(messages),
  };
}

function messageObject(name: string, { summary, payload, example }: SocketMessage): Json {
  return { name, summary, payload, examples: [{ payload: example }] };
}

/** From the server's side: it receives what clients send. */
function operationsOf({ name, received, sent }: SocketChannel): readonly (readonly [string, Json])[] {
  const channel = { $ref: `#/channels/${name}` };
  const pointTo = (message: string): Json => ({ $ref: `#/channels/${name}/messages/${message}` });
  const taken = Object.entries(received).map(([message, { summary, replies }]) => {
    const reply = replies === undefined ? {} : { reply: { channel, messages: replies.map(pointTo) } };
    return [
      `${name}.${message}`,
      { action: 'receive', channel, summary, messages: [pointTo(message)], ...reply },
    ] as const;
  });
  const told = Object.entries(sent).map(
    ([message, { summary }]) =>
      [`${name}.${message}`, { action: 'send', channel, summary, messages: [pointTo(message)] }] as const,
  );
  return [...taken, ...told];
}

/** Those that payloads point at, and those that these point at. */
function schemasFor(channels: readonly SocketChannel[], groups: readonly OperationGroup[]): Named<JsonSchema> {
  const notes: DtoNotes = new Map(
    [...groups, ...channels].flatMap(({ dtos }) => dtos ?? []).map((one) => [one.dto, one]),
  );
  const pool = new Map<string, JsonSchema>(
    [
      ...groups.map(({ schemas }) => schemas ?? {}),
      ...channels.map(({ schemas }) => schemas ?? {}),
      ...channels.flatMap(({ bodies }) => bodies.map((dto) => schemasOf(dto, notes))),
    ].flatMap((record) => Object.entries(record)),
  );
  const wanted = new Map<string, JsonSchema>();
  const open = channels.flatMap(({ received, sent }) =>
    [...Object.values(received), ...Object.values(sent)].flatMap(({ payload }) => refsIn(payload)),
  );
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const schema = pool.get(name);
    if (schema === undefined) throw new Error(`there is no schema ${name}`);
    if (wanted.has(name)) continue;
    wanted.set(name, schema);
    open.push(...refsIn(schema));
  }
  return Object.fromEntries([...wanted].toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

const HEAD = '#/components/schemas/';

function refsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner.slice(HEAD.length)] : refsIn(inner),
  );
}
