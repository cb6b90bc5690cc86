import { describe, expect, it } from '@jest/globals';
import { checkJson, resolveRef } from '../../../../test/support/json-schema.js';
import { ASYNCAPI_PARSER, ASYNCAPI_PARSER_INSTALLED } from '../../../../test/support/mcp/peers.js';
import type { JsonSchema } from '../json-schema.js';
import { OPERATION_GROUPS } from '../operations/all-operations.js';
import { SOCKET_CHANNELS } from './all-channels.js';
import { buildAsyncDocument } from './build-async-document.js';

const document = buildAsyncDocument(SOCKET_CHANNELS, OPERATION_GROUPS, {
  version: '1.2.3',
  base_path: '/agents',
  host: '127.0.0.1:8000',
});

interface Diagnostic {
  readonly severity: number;
  readonly message: string;
  readonly path: readonly (string | number)[];
}

function refsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : refsIn(inner)));
}

/** Fields of all schemas that have no description. */
function undescribed(schemas: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(schemas).flatMap(([name, schema]) =>
    Object.entries((schema as JsonSchema).properties ?? {})
      .filter(([, field]) => field.description === undefined && field.$ref === undefined && field.const === undefined)
      .map(([field]) => `${name}.${field}`),
  );
}

describe('the document of the sockets', () => {
  it('is of this version, at this address, and has all channels', () => {
    expect(document).toMatchObject({
      asyncapi: '3.0.0',
      info: { title: 'Parley sockets', version: '1.2.3' },
      servers: { here: { pathname: '/agents', variables: { host: { default: '127.0.0.1:8000' } } } },
    });
    expect(Object.values(document.channels).map((channel) => channel['address'])).toEqual([
      '/ws',
      '/ws/{session_id}',
      '/socket.io/',
    ]);
  });

  it('points at nothing that is not there, and has nothing that nobody points at', () => {
    const refs = new Set(refsIn(document));
    for (const ref of refs) expect(() => resolveRef(document, ref)).not.toThrow();
    for (const name of Object.keys(document.components['schemas'] ?? {})) {
      expect(refs).toContain(`#/components/schemas/${name}`);
    }
  });

  it('says of every field what it is', () => {
    expect(undescribed(document.components['schemas'] ?? {})).toEqual([]);
  });

  it.each(
    SOCKET_CHANNELS.flatMap((channel) =>
      Object.entries({ ...channel.received, ...channel.sent }).map(
        ([name, message]) => [`${channel.name}.${name}`, message] as const,
      ),
    ),
  )('the example of %s is as its schema says', (_name, { payload, example }) => {
    expect(checkJson(example, payload, { document })).toEqual([]);
  });
});

(ASYNCAPI_PARSER_INSTALLED ? describe : describe.skip)('the official parser of AsyncAPI', () => {
  it('finds the document valid, and another one not', async () => {
    const { Parser } = (await import(ASYNCAPI_PARSER)) as {
      readonly Parser: new () => { validate(text: string): Promise<readonly Diagnostic[]> };
    };
    const parser = new Parser();
    // Severity 0 is an error, 1 a warning; the rest is advice.
    const broken = await parser.validate(JSON.stringify({ ...document, channels: { x: { address: 5 } } }));
    expect(broken.some(({ severity }) => severity === 0)).toBe(true);
    const found = await parser.validate(JSON.stringify(document));
    const wrong = found
      .filter(({ severity }) => severity <= 1)
      .map(({ message, path }) => `${path.join('/')}: ${message}`);
    expect(wrong).toEqual([]);
  }, 120_000);
});
