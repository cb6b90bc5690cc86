import { describe, expect, it } from '@jest/globals';
import { checkJson, itemsOf, resolveRef } from '../../../test/support/json-schema.js';
import { buildDocument } from './build-document.js';
import type { JsonSchema } from './json-schema.js';
import type { Content, Operation, OperationGroup } from './operation.js';
import { OPERATION_GROUPS } from './operations/all-operations.js';

const document = buildDocument(OPERATION_GROUPS, { version: '1.2.3', base_path: '/agents' });
const OPERATIONS = OPERATION_GROUPS.flatMap((group) => Object.entries(group.operations));

interface Shown {
  readonly operationId: string;
  readonly security: unknown;
  readonly parameters?: readonly { readonly name: string; readonly description?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
}

/** An operation as the document shows it. */
function shownOf(operation: Operation): Shown {
  const shown: unknown = document.paths[operation.path]?.[operation.method];
  return shown as Shown;
}

interface Seen {
  readonly refs: string[];
  readonly schemas: JsonSchema[];
}

/** Everything in the document that points elsewhere or is a schema. */
function walk(value: unknown, seen: Seen): Seen {
  if (typeof value !== 'object' || value === null) return seen;
  for (const [key, inner] of Object.entries(value)) {
    if (key === '$ref') seen.refs.push(String(inner));
    if (key === 'schema') seen.schemas.push(inner as JsonSchema);
    if (key !== 'examples' && key !== 'example') walk(inner, seen);
  }
  return seen;
}

describe('the API document', () => {
  it('is OpenAPI 3.1, of this version and at this base path', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Parley', version: '1.2.3', license: { identifier: 'MIT' } });
    expect(document.servers).toMatchObject([{ url: '/agents' }]);
    expect(buildDocument([], { version: '1', base_path: '' }).servers[0]?.url).toBe('/');
    expect(Object.keys(document.components)).toEqual(['securitySchemes', 'headers', 'schemas', 'responses']);
    for (const name of Object.values(document.components).flatMap((part) => Object.keys(part))) {
      expect(name).toMatch(/^[a-zA-Z0-9._-]+$/);
    }
  });

  it('points at nothing that is not there, and has nothing that nobody points at', () => {
    const refs = new Set(walk(document, { refs: [], schemas: [] }).refs);
    for (const ref of refs) expect(() => resolveRef(document, ref)).not.toThrow();
    for (const part of ['headers', 'schemas', 'responses']) {
      for (const name of Object.keys(document.components[part] ?? {}))
        expect(refs).toContain(`#/components/${part}/${name}`);
    }
  });

  it('has schemas of known keywords only', () => {
    const { schemas } = walk(document, { refs: [], schemas: [] });
    const named = Object.values(document.components['schemas'] ?? {}) as JsonSchema[];
    for (const schema of [...schemas, ...named]) expect(() => checkJson({}, schema, { document })).not.toThrow();
  });

  it.each(OPERATIONS)('%s declares its path, its tag and its policy', (operationId, operation) => {
    const shown = shownOf(operation);
    expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(shown.operationId).toBe(operationId);
    expect(document.tags.map((tag) => tag['name'])).toContain(operation.tag);
    const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(Object.keys(operation.segments ?? {})).toEqual(inPath);
    const policy = operation.access;
    const inQuery = operation.key_in_query === true ? [{ apiKeyInQuery: [policy] }] : [];
    expect(shown.security).toEqual(policy === 'public' ? [] : [{ apiKey: [policy] }, { bearer: [policy] }, ...inQuery]);
    for (const name of Object.keys(operation.headers ?? {}))
      expect(name).not.toMatch(/^(accept|content-type|authorization)$/i);
    expect(operation.summary).not.toMatch(/\.$/);
    expect(operation.description).toMatch(/\.$/);
  });

  it('says of every field and parameter what it is', () => {
    for (const [operationId, operation] of OPERATIONS) {
      const shown = shownOf(operation);
      for (const { name, description } of shown.parameters ?? [])
        expect([operationId, name, description]).toEqual([operationId, name, expect.any(String)]);
    }
    for (const [name, schema] of Object.entries(document.components['schemas'] ?? {}) as [string, JsonSchema][]) {
      if (schema.additionalProperties !== false) continue;
      for (const [field, { description }] of Object.entries(schema.properties ?? {}))
        expect([name, field, description]).toEqual([name, field, expect.any(String)]);
    }
  });

  it('has no operationId and no route twice', () => {
    const [group] = OPERATION_GROUPS;
    const again = (operations: Readonly<Record<string, Operation>>): OperationGroup[] => [
      { ...group, operations },
      { operations },
    ];
    const first = group?.operations ?? {};
    expect(() => buildDocument(again(first), { version: '1', base_path: '' })).toThrow('is there twice');
    const renamed = Object.fromEntries(Object.entries(first).map(([id, operation]) => [`${id}2`, operation]));
    expect(() =>
      buildDocument([...OPERATION_GROUPS, { operations: renamed }], { version: '1', base_path: '' }),
    ).toThrow('is there twice');
  });

  it('has only examples that fit their schemas exactly', () => {
    let examples = 0;
    const check = (operationId: string, contents: Readonly<Record<string, Content>> = {}): void => {
      for (const [type, { examples: own = {}, schema, frames, lines }] of Object.entries(contents)) {
        for (const { value } of Object.values(own)) {
          examples++;
          const item = frames ?? lines;
          const items = item === undefined ? [] : itemsOf(type, value as string);
          const wrong = items.flatMap((one) => checkJson(one, item ?? {}, { document, closed: true }));
          const whole = checkJson(value, schema, { document, closed: true });
          expect([operationId, type, ...wrong, ...whole]).toEqual([operationId, type]);
        }
      }
    };
    for (const [operationId, operation] of OPERATIONS) {
      for (const answer of Object.values(operation.answers)) check(operationId, answer.content);
      check(operationId, shownOf(operation).requestBody?.content);
    }
    for (const [name, response] of Object.entries(document.components['responses'] ?? {})) {
      check(name, (response as { content: Record<string, Content> }).content);
    }
    expect(examples).toBeGreaterThan(20);
  });

  it('has an example of every JSON and stream answer that is no failure', () => {
    for (const [operationId, operation] of OPERATIONS) {
      if (operation.tag === 'Documents') continue;
      for (const [status, answer] of Object.entries(operation.answers)) {
        if (!status.startsWith('2')) continue;
        for (const content of Object.values(answer.content ?? {})) {
          expect([operationId, Object.keys(content.examples ?? {}).length]).not.toEqual([operationId, 0]);
        }
      }
    }
  });
});
