import { describe, expect, it } from '@jest/globals';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { readTools } from './client-tools.js';

const read = (names: readonly string[]): readonly (readonly [string, string | undefined])[] =>
  readTools(
    names.map((name) => ({ name })),
    '/tools',
    () => undefined,
  ).tools.map(({ name, client_name }) => [name, client_name]);

describe('names of tools', () => {
  it('are told to models in characters that they take', () => {
    expect(read(['get_weather', 'get weather@x', 'größe', '日本'])).toEqual([
      ['get_weather', undefined],
      ['get_weather_x', 'get weather@x'],
      ['gr__e', 'größe'],
      ['__', '日本'],
    ]);
  });

  it('stay apart when they become the same', () => {
    expect(read(['a b', 'a_b', 'a.b', 'a_b_1'])).toEqual([
      ['a_b', 'a b'],
      ['a_b_1', 'a_b'],
      ['a_b_2', 'a.b'],
      ['a_b_1_1', 'a_b_1'],
    ]);
  });

  it('are cut to what models take, and stay apart', () => {
    const long = 'x'.repeat(80);
    expect(read([long, `${long}y`]).map(([name]) => name)).toEqual(['x'.repeat(64), `${'x'.repeat(62)}_1`]);
  });

  it('are those of a history too, also of tools that are gone', () => {
    const tools = readTools([{ name: 'a b' }, { name: 'a_b' }], '/tools', () => undefined);
    expect(['a b', 'a_b', 'c d'].map((name) => tools.modelName(name))).toEqual(['a_b', 'a_b_1', 'c_d']);
    expect(['a b', 'a_b_1'].map((name) => tools.has(name))).toEqual([true, false]);
  });
});

it('names all that is wrong', () => {
  const given = [{}, { name: 'a', function: { name: 'b' } }, { name: 'b' }, { name: 'c', parameters: {} }];
  let thrown: unknown;
  try {
    readTools(given, '/tools', () => 'is none');
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ParleyError);
  expect((thrown as ParleyError).problems).toEqual([
    { pointer: '/tools/0/name', message: 'is missing, and so is "function" with a name in it' },
    { pointer: '/tools/1/name', message: 'must not stand beside "function"' },
    { pointer: '/tools/2/name', message: '"b" is the name of another tool' },
    { pointer: '/tools/3/parameters', message: 'is none' },
  ]);
});
