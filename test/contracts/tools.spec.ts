import { describe, expect, it } from '@jest/globals';
import { builtInTools } from '../../src/tools/builtin/built-in-tools.js';
import { ManualClock } from '../runs/fakes.js';
import { contextOf, toolContract } from './tool.contract.js';

const ARGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  get_weather: { city: 'Tokyo' },
  calculate: { expression: '1+1' },
  get_time: {},
  search_web: { query: 'news' },
  get_stock_price: { symbol: 'AAPL' },
};

for (const name of Object.keys(ARGS)) {
  toolContract(name, async () => {
    const clock = new ManualClock();
    const tool = builtInTools({ clock }).find((one) => one.name === name);
    if (tool === undefined) throw new Error(`there is no ${name}`);
    return { tool, args: ARGS[name] ?? {}, elapse: () => clock.advance(1_500) };
  });
}

describe('the built-in tools', () => {
  it.each<[string, number, Readonly<Record<string, string>>, string]>([
    ['get_weather', 1_000, { city: 'New York' }, 'The weather in New York is sunny and 72°F'],
    ['get_weather', 1_000, { city: 'london' }, 'The weather in london is unknown - data not available'],
    ['calculate', 500, { expression: '2^3+1' }, '9'],
    ['calculate', 500, { expression: '7/2' }, '3.5'],
    ['calculate', 500, { expression: '0.1+0.2' }, '0.3'],
    ['calculate', 500, { expression: '-0' }, '0'],
    ['calculate', 500, { expression: '9007199254740991' }, '9007199254740991'],
    ['calculate', 500, { expression: '__import__("os")' }, 'Invalid mathematical expression'],
    ['get_time', 300, {}, 'Current time in UTC: 10:13 PM (Tuesday, November 14, 2023)'],
    ['get_time', 300, { timezone: 'EST' }, 'Current time in EST: 5:13 PM (Tuesday, November 14, 2023)'],
    ['get_time', 300, { timezone: 'Asia/Tokyo' }, 'Current time in Asia/Tokyo: 7:13 AM (Wednesday, November 15, 2023)'],
    ['get_time', 300, { timezone: 'Mars/Base' }, 'Unknown timezone: Mars/Base'],
    [
      'search_web',
      1_500,
      { query: 'Latest NEWS' },
      "Search results for 'Latest NEWS': Latest news updates available on news websites...",
    ],
    ['search_web', 1_500, { query: 'x' }, "Search results for 'x': No specific results found"],
    ['get_stock_price', 800, { symbol: 'googl' }, 'googl: $2,245.80 (-0.5%)'],
    ['get_stock_price', 800, { symbol: 'XX' }, 'XX: Symbol not found'],
  ])('%s takes %d ms and answers %j with %j', async (name, ms, args, content) => {
    const clock = new ManualClock();
    const tool = builtInTools({ clock }).find((one) => one.name === name);
    let output: unknown;
    const called = tool?.execute(args, contextOf()).then((result) => (output = result));
    clock.advance(ms - 1);
    await Promise.resolve();
    expect(output).toBeUndefined();
    clock.advance(1);
    await called;
    expect(output).toEqual({ content });
  });
});
