import { describe, expect, it } from '@jest/globals';
import { contextOf } from '../../test/contracts/tool.contract.js';
import { ToolRegistrations } from './tool-registrations.js';
import { ToolRegistry } from './tool-registry.js';

const PARAMETERS = { type: 'object', properties: {} } as const;

/** What the port gives for what a plugin returned. */
async function outputOf(returned: unknown): Promise<unknown> {
  const registrations = new ToolRegistrations();
  registrations.registerTool({ name: 't', description: 'T.', parameters: PARAMETERS, execute: () => returned });
  return registrations.tools[0]?.execute({}, contextOf());
}

describe('a tool of a plugin', () => {
  const cyclic: Record<string, unknown> = { name: 'loop' };
  cyclic['self'] = cyclic;

  it.each<[string, unknown, unknown]>([
    ['a text', 'said', { content: 'said' }],
    ['a promise', Promise.resolve('later'), { content: 'later' }],
    ['nothing', undefined, { content: '(no output)' }],
    ['null', null, { content: 'null' }],
    ['JSON', { a: [1, true] }, { content: '{"a":[1,true]}' }],
    [
      'text blocks',
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
        details: { n: 1 },
      },
      { content: 'a\nb', details: { n: 1 } },
    ],
    [
      'the form of the port',
      { content: 'no', is_error: true, terminate: true },
      { content: 'no', is_error: true, terminate: true },
    ],
    [
      'an image',
      { content: [{ type: 'image', mimeType: 'image/png', data: 'AAAA' }] },
      { content: '[image, image/png, 3 bytes]' },
    ],
    ['binary data', new Uint8Array(10_485_760), { content: '[binary data, 10485760 bytes]' }],
    ['a BigInt', 12n, { content: '12n' }],
    ['a function', Math.max, { content: '[Function: max]' }],
  ])('may return %s', async (_what, returned, output) => {
    expect(await outputOf(returned)).toEqual(output);
  });

  it('may return what has no end: it is bounded', async () => {
    expect(await outputOf(cyclic)).toEqual({ content: expect.stringContaining('[Circular') });
    const { content } = (await outputOf('x'.repeat(10_485_760))) as { content: string };
    expect(content.length).toBeLessThan(1_050_000);
    expect(content).toMatch(/more characters were cut\)$/);
  });

  it.each<[string, unknown, string]>([
    ['name', { name: 'a b' }, 'a tool needs a name of up to 64 letters'],
    ['execute', { execute: 'x' }, 'the tool "t" has no execute'],
    ['description', { description: undefined }, 'the tool "t" has no description'],
    [
      'schema',
      { parameters: { type: 'strng' } },
      'the parameters of the tool "t" are not a JSON Schema: /type must be',
    ],
    ['name of its own', { name: 'calculate' }, 'the tool "calculate" already exists'],
  ])('is refused without a good %s', (_what, change, message) => {
    const tool = { name: 't', description: 'T.', parameters: PARAMETERS, execute: () => '', ...(change as object) };
    expect(() => new ToolRegistrations().registerTool(tool)).toThrow(message);
  });
});

describe('ToolRegistry', () => {
  const tool = (name: string) => ({
    name,
    description: name,
    parameters: PARAMETERS,
    execute: async () => ({ content: name }),
  });

  it('keeps its order, and shows what a source has now', () => {
    let tools = [tool('m1'), tool('a')];
    const registry = new ToolRegistry([tool('b'), tool('a')], [{ tools: () => tools }]);
    expect(registry.names()).toEqual(['b', 'a', 'm1']);
    tools = [tool('m2')];
    expect(registry.names()).toEqual(['b', 'a', 'm2']);
    expect([registry.get('m1'), registry.get('m2')?.name, registry.get('B')]).toEqual([undefined, 'm2', undefined]);
  });

  it('refuses a fixed tool twice', () => {
    expect(() => new ToolRegistry([tool('a'), tool('a')])).toThrow('the tool "a" already exists');
  });
});
