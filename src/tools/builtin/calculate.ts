import { pause } from '../shared/pause.js';
import { evaluateArithmetic } from './arithmetic.js';
import { oneText, textArgument, type BuiltInFactory } from './built-in-tool.js';

const DELAY_MS = 500;

/** Arithmetic, by a grammar of its own. */
export const calculate: BuiltInFactory = ({ clock }) => ({
  name: 'calculate',
  label: 'Calculator',
  description:
    'Computes an arithmetic expression: + - * / // % ^ and parentheses, functions such as sqrt, round, min, max, ln, log10, sin, and pi and e.',
  parameters: oneText('expression', 'The expression, such as (2 + 3) * 4 or sqrt(2)^2; up to 256 characters'),
  idempotent: true,
  async execute(args, { signal }) {
    await pause(clock, DELAY_MS, signal);
    const value = evaluateArithmetic(textArgument(args, 'expression'));
    return { content: value === undefined ? 'Invalid mathematical expression' : numberText(value) };
  },
});

/** Without the noise of binary fractions: 0.1 + 0.2 is 0.3. */
function numberText(value: number): string {
  return String(Number.isInteger(value) ? value + 0 : Number(value.toPrecision(15)));
}
