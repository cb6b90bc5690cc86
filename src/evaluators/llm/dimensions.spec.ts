import { describe, expect, it } from '@jest/globals';
import { readDimensions } from './dimensions.js';
import { SOTOPIA } from './sotopia.js';

function read(given: unknown): { readonly names: readonly unknown[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  return { names: readDimensions(given, problems).map(({ name, range }) => [name, ...range]), problems };
}

describe('dimensions', () => {
  it.each([undefined, null, 'sotopia', [['sotopia']].flat()])('%j are the seven of the document', (given) => {
    expect(read(given)).toEqual({
      problems: [],
      names: [
        ['believability', 0, 10],
        ['relationship', -5, 5],
        ['knowledge', 0, 10],
        ['secret', -10, 0],
        ['social_rules', -10, 0],
        ['financial_and_material_benefits', -5, 5],
        ['goal', 0, 10],
      ],
    });
  });

  it('have bands that cover their range without a gap', () => {
    for (const { range, bands } of SOTOPIA) {
      expect([bands[0]?.[0], bands.at(-1)?.[1]]).toEqual([...range]);
      for (const [index, band] of bands.entries())
        if (index > 0) expect(band[0]).toBe((bands[index - 1]?.[1] ?? NaN) + 1);
    }
  });

  it('may be some of them, and ones of your own', () => {
    const given = [
      'goal',
      { name: 'wit', description: 'How funny?', range: [1, 5] },
      { name: 'tact', range_low: -1, range_high: 1 },
      { name: 'secret', description: 'Kept quiet about the price?' },
      { name: 'knowledge', range: [0, 1] },
    ];
    expect(read(given)).toEqual({
      problems: [],
      names: [
        ['goal', 0, 10],
        ['wit', 1, 5],
        ['tact', -1, 1],
        ['secret', -10, 0],
        ['knowledge', 0, 1],
      ],
    });
    expect(readDimensions(given, []).map(({ bands, whole }) => [bands.length, whole])).toEqual([
      [4, true],
      [0, false],
      [0, false],
      [4, true],
      [0, false],
    ]);
  });

  it.each<readonly [unknown, string]>([
    ['goal', 'config.dimensions must be "sotopia" or a list'],
    [{ goal: [0, 10] }, 'config.dimensions must be "sotopia" or a list'],
    [[], 'config.dimensions must be "sotopia" or a list'],
    [['charm'], 'config.dimensions[0] "charm" is not known; there are believability,'],
    [[5], 'config.dimensions[0] must be a name or {name,'],
    [[{}], 'config.dimensions[0].name must be a name'],
    [[{ name: 'wit' }], 'config.dimensions[0].range is missing: [low, high]'],
    [[{ name: 'wit', range: [5, 1] }], 'config.dimensions[0].range [5, 1] must go from the lower number to the higher'],
    [[{ name: 'wit', range: [1, 1] }], 'config.dimensions[0].range [1, 1] must go from'],
    [[{ name: 'wit', range: [1] }], 'config.dimensions[0].range must be [low, high], two numbers'],
    [[{ name: 'wit', range: [1, 2, 3] }], 'config.dimensions[0].range must be [low, high], two numbers'],
    [[{ name: 'wit', range: ['0', '1'] }], 'config.dimensions[0].range must be [low, high], two numbers'],
    [[{ name: 'wit', range: '0..10' }], 'config.dimensions[0].range must be [low, high], two numbers'],
    [[{ name: 'wit', range_low: 0 }], 'config.dimensions[0].range must be [low, high], two numbers'],
    [[{ name: 'wit', range: [0, 1], description: 5 }], 'config.dimensions[0].description must be a text'],
    [[{ name: 'wit', rang: [0, 1] }], 'config.dimensions[0].rang is not known; there are name, description, range'],
    [['goal', 'sotopia'], 'config.dimensions has "goal" twice'],
  ])('%j cannot be', (given, problem) => {
    expect(read(given).problems[0]).toContain(problem);
  });
});
