import { pause } from '../shared/pause.js';
import { oneText, textArgument, type BuiltInFactory } from './built-in-tool.js';

const DELAY_MS = 1_500;

/** The first keyword that a query contains decides. */
const RESULTS: readonly (readonly [keyword: string, result: string])[] = [
  ['python', 'Python is a high-level programming language...'],
  ['weather', 'Weather information can be found on weather.com...'],
  ['news', 'Latest news updates available on news websites...'],
];

/** A search that asks nobody: for trying tools out. */
export const searchWeb: BuiltInFactory = ({ clock }) => ({
  name: 'search_web',
  label: 'Web search',
  description: 'Searches the web. Demonstration data: python, weather, news.',
  parameters: oneText('query', 'What to search for'),
  async execute(args, { signal }) {
    await pause(clock, DELAY_MS, signal);
    const query = textArgument(args, 'query');
    const found = RESULTS.find(([keyword]) => query.toLowerCase().includes(keyword))?.[1];
    return { content: `Search results for '${query}': ${found ?? 'No specific results found'}` };
  },
});
