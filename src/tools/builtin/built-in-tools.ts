import type { Tool } from '../../core/ports/tool.js';
import type { BuiltInDeps, BuiltInFactory } from './built-in-tool.js';
import { calculate } from './calculate.js';
import { getStockPrice } from './get-stock-price.js';
import { getTime } from './get-time.js';
import { getWeather } from './get-weather.js';
import { searchWeb } from './search-web.js';

/** By name, in the order in which they are shown. */
const FACTORIES: Readonly<Record<string, BuiltInFactory>> = {
  get_weather: getWeather,
  calculate,
  get_time: getTime,
  search_web: searchWeb,
  get_stock_price: getStockPrice,
};

/** Names that plugins cannot take. */
export const BUILT_IN_NAMES: ReadonlySet<string> = new Set(Object.keys(FACTORIES));

/** The tools that every server has. */
export function builtInTools(deps: BuiltInDeps): readonly Tool[] {
  return Object.values(FACTORIES).map((factory) => factory(deps));
}
