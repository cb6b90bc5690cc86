import { pause } from '../shared/pause.js';
import { oneText, textArgument, type BuiltInFactory } from './built-in-tool.js';

const DELAY_MS = 800;

const PRICES: ReadonlyMap<string, string> = new Map([
  ['AAPL', '$150.25 (+2.1%)'],
  ['GOOGL', '$2,245.80 (-0.5%)'],
  ['MSFT', '$305.15 (+1.2%)'],
  ['TSLA', '$195.40 (+3.8%)'],
]);

/** Prices of a few shares, always the same: for trying tools out. */
export const getStockPrice: BuiltInFactory = ({ clock }) => ({
  name: 'get_stock_price',
  label: 'Stock price',
  description: 'Tells the price of a share. Demonstration data: AAPL, GOOGL, MSFT, TSLA.',
  parameters: oneText('symbol', 'Symbol of the share, such as AAPL'),
  idempotent: true,
  async execute(args, { signal }) {
    await pause(clock, DELAY_MS, signal);
    const symbol = textArgument(args, 'symbol');
    return { content: `${symbol}: ${PRICES.get(symbol.toUpperCase()) ?? 'Symbol not found'}` };
  },
});
