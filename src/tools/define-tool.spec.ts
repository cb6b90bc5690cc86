import { describe, expect, it } from '@jest/globals';
import type { ToolContext } from '../core/ports/tool.js';
import { defineTool, type FromSchema } from './define-tool.js';

/** `true` only where each type takes the other's values; compiled, and so checked, with the lint. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

const SCHEMA = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    days: { type: 'integer', minimum: 1 },
    exact: { type: 'boolean' },
    unit: { enum: ['C', 'F'] },
    kind: { const: 'weather' },
    tags: { type: 'array', items: { type: 'string' } },
    note: { type: ['string', 'null'] },
    at: { type: 'object', properties: { lat: { type: 'number' } }, required: ['lat'] },
    more: { anyOf: [{ type: 'number' }, { type: 'null' }] },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    any: {},
  },
  required: ['city', 'unit'],
} as const;

const CONTEXT: ToolContext = {
  tool_call_id: 'call_1',
  idempotency_key: 'call_1',
  signal: new AbortController().signal,
  onUpdate: () => undefined,
};

describe('FromSchema', () => {
  it('infers the types of a schema literal', () => {
    type Args = FromSchema<typeof SCHEMA>;
    const all: readonly true[] = [
      true satisfies Same<Args['city'], string>,
      true satisfies Same<Args['days'], number | undefined>,
      true satisfies Same<Args['exact'], boolean | undefined>,
      true satisfies Same<Args['unit'], 'C' | 'F'>,
      true satisfies Same<Args['kind'], 'weather' | undefined>,
      true satisfies Same<Args['tags'], readonly string[] | undefined>,
      true satisfies Same<Args['note'], string | null | undefined>,
      true satisfies Same<Args['at'], { readonly lat: number } | undefined>,
      true satisfies Same<Args['more'], number | null | undefined>,
      true satisfies Same<Args['labels'], Readonly<Record<string, string>> | undefined>,
      true satisfies Same<Args['any'], unknown>,
    ];
    expect(all).toHaveLength(11);
    // @ts-expect-error -- a required text is not optional
    expect(true satisfies Same<Args['city'], string | undefined>).toBe(true);
    // @ts-expect-error -- an enumeration is not any text
    expect(true satisfies Same<Args['unit'], string>).toBe(true);
    // @ts-expect-error -- there is no such property
    expect((undefined as Args | undefined)?.none).toBeUndefined();
  });
});

describe('defineTool', () => {
  it('types the arguments of execute, which does what it says', async () => {
    const tool = defineTool({
      name: 'forecast',
      description: 'Tells the weather of some days.',
      parameters: SCHEMA,
      execute: (args, { tool_call_id }) => {
        const text: string = args.city.toUpperCase();
        // @ts-expect-error -- it may be missing
        const days: number = args.days;
        // @ts-expect-error -- nobody said so
        const missing: unknown = args.temperature;
        return { text, days, missing, tool_call_id };
      },
    });
    expect(await tool.execute({ city: 'rome', days: 2, unit: 'C' }, CONTEXT)).toEqual({
      text: 'ROME',
      days: 2,
      missing: undefined,
      tool_call_id: 'call_1',
    });
  });

  it('needs no `as const`, and refuses schemas that are none', () => {
    const parameters = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] } as const;
    defineTool({
      name: 'double',
      description: 'Doubles.',
      parameters: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
      execute: ({ n }) => true satisfies Same<typeof n, number>,
    });
    // @ts-expect-error -- arguments are an object
    defineTool({ name: 'x', description: 'x', parameters: { type: 'string' }, execute: () => '' });
    const typo = { type: 'object', properties: { n: { type: 'nubmer' } } } as const;
    // @ts-expect-error -- there is no such type
    defineTool({ name: 'x', description: 'x', parameters: typo, execute: () => '' });
    // @ts-expect-error -- a tool has a description
    defineTool({ name: 'x', parameters, execute: () => '' });
    expect(parameters.type).toBe('object');
  });
});
