import { pause } from '../shared/pause.js';
import { oneText, textArgument, type BuiltInFactory } from './built-in-tool.js';

const DELAY_MS = 1_000;

const WEATHER: ReadonlyMap<string, string> = new Map([
  ['New York', 'sunny and 72°F'],
  ['London', 'cloudy and 59°F'],
  ['Tokyo', 'rainy and 65°F'],
  ['Sydney', 'windy and 70°F'],
]);

/** Weather of a few cities, always the same: for trying tools out. */
export const getWeather: BuiltInFactory = ({ clock }) => ({
  name: 'get_weather',
  label: 'Weather',
  description: 'Tells the weather in a city. Demonstration data: New York, London, Tokyo, Sydney.',
  parameters: oneText('city', 'Name of the city, such as New York'),
  idempotent: true,
  async execute(args, { signal }) {
    await pause(clock, DELAY_MS, signal);
    const city = textArgument(args, 'city');
    return { content: `The weather in ${city} is ${WEATHER.get(city) ?? 'unknown - data not available'}` };
  },
});
