/** Longer expressions are refused: it bounds the depth and the work as well. */
const MAX_LENGTH = 256;

/** Of arguments of one function. */
const MAX_ARGUMENTS = 32;

const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
]);

/** A function with its least and its greatest number of arguments. */
type Rule = readonly [apply: (...args: readonly number[]) => number, least: number, most: number];

const one = (apply: (value: number) => number): Rule => [(value = Number.NaN) => apply(value), 1, 1];

const FUNCTIONS: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['abs', one(Math.abs)],
  ['sqrt', one(Math.sqrt)],
  ['cbrt', one(Math.cbrt)],
  ['round', [(value = Number.NaN, digits = 0) => roundTo(value, digits), 1, 2]],
  ['floor', one(Math.floor)],
  ['ceil', one(Math.ceil)],
  ['trunc', one(Math.trunc)],
  ['sign', one(Math.sign)],
  ['exp', one(Math.exp)],
  ['ln', one(Math.log)],
  [
    'log',
    [(value = Number.NaN, base) => (base === undefined ? Math.log(value) : Math.log(value) / Math.log(base)), 1, 2],
  ],
  ['log2', one(Math.log2)],
  ['log10', one(Math.log10)],
  ['sin', one(Math.sin)],
  ['cos', one(Math.cos)],
  ['tan', one(Math.tan)],
  ['asin', one(Math.asin)],
  ['acos', one(Math.acos)],
  ['atan', one(Math.atan)],
  ['min', [(...values) => Math.min(...values), 1, MAX_ARGUMENTS]],
  ['max', [(...values) => Math.max(...values), 1, MAX_ARGUMENTS]],
  ['pow', [(base = Number.NaN, exponent = Number.NaN) => base ** exponent, 2, 2]],
]);

const TOKEN = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z]\w*)|(\*\*|\/\/|[-+*/%^(),×÷−]))/y;

const SPELLINGS: Readonly<Record<string, string>> = { '**': '^', '×': '*', '÷': '/', '−': '-' };

/** What is no expression of the grammar, or has no finite value. */
class NoValue extends Error {}

/**
 * The value of an arithmetic expression, as Python reads it: + - * / // % ^ ** (from the right, above a sign before it),
 * parentheses, decimals, some functions and constants. Nothing in it is looked up but in the tables above, nothing is
 * run.
 *
 * @returns undefined for what is no expression, is longer than 256 characters, or has no finite value
 */
export function evaluateArithmetic(expression: string): number | undefined {
  if (expression.length > MAX_LENGTH) return undefined;
  try {
    const value = new Reader(tokensOf(expression)).readAll();
    return Number.isFinite(value) ? value : undefined;
  } catch (error) {
    if (error instanceof NoValue) return undefined;
    throw error;
  }
}

type Token = number | string;

function tokensOf(expression: string): readonly Token[] {
  const text = expression.trimEnd();
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text);
    if (found === null) throw new NoValue();
    const [, number, word, sign = ''] = found;
    tokens.push(number === undefined ? (word ?? SPELLINGS[sign] ?? sign) : Number(number));
  }
  return tokens;
}

/** Reads and computes in one pass: expression = term {± term}, term = factor {*,/,//,% factor}, factor = ± factor | power. */
class Reader {
  #next = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  readAll(): number {
    const value = this.#sum();
    if (this.#next < this.tokens.length) throw new NoValue();
    return value;
  }

  #sum(): number {
    let value = this.#product();
    for (let sign = this.#take('+', '-'); sign !== undefined; sign = this.#take('+', '-')) {
      const other = this.#product();
      value = sign === '+' ? value + other : value - other;
    }
    return value;
  }

  #product(): number {
    let value = this.#signed();
    for (let sign = this.#takeProduct(); sign !== undefined; sign = this.#takeProduct()) {
      value = multiply(value, sign, this.#signed());
    }
    return value;
  }

  #takeProduct(): string | undefined {
    return this.#take('*', '/', '//', '%');
  }

  #signed(): number {
    const sign = this.#take('+', '-');
    if (sign === undefined) return this.#power();
    const value = this.#signed();
    return sign === '-' ? -value : value;
  }

  #power(): number {
    const base = this.#atom();
    return this.#take('^') === undefined ? base : base ** this.#signed();
  }

  #atom(): number {
    const token = this.tokens[this.#next++];
    if (typeof token === 'number') return token;
    if (token === '(') return this.#closed(this.#sum());
    if (token === undefined) throw new NoValue();
    const rule = FUNCTIONS.get(token);
    const value = rule === undefined ? CONSTANTS.get(token) : this.#call(rule);
    if (value === undefined) throw new NoValue();
    return value;
  }

  #call([apply, least, most]: Rule): number {
    if (this.#take('(') === undefined) throw new NoValue();
    const args = [this.#sum()];
    while (this.#take(',') !== undefined) args.push(this.#sum());
    if (args.length < least || args.length > most) throw new NoValue();
    return this.#closed(apply(...args));
  }

  #closed(value: number): number {
    if (this.#take(')') === undefined) throw new NoValue();
    return value;
  }

  #take(...signs: readonly string[]): string | undefined {
    const token = this.tokens[this.#next];
    if (typeof token !== 'string' || !signs.includes(token)) return undefined;
    this.#next++;
    return token;
  }
}

function multiply(left: number, sign: string, right: number): number {
  if (sign === '*') return left * right;
  if (right === 0) throw new NoValue();
  if (sign === '/') return left / right;
  const whole = Math.floor(left / right);
  // The rest has the sign of the divisor.
  return sign === '//' ? whole : left - right * whole;
}

function roundTo(value: number, digits: number): number {
  if (!Number.isInteger(digits) || Math.abs(digits) > 15) throw new NoValue();
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
