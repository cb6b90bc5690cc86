import { thereIs } from '../../core/kernel/there-is.js';
import { SOTOPIA } from './sotopia.js';

/** Inclusive bounds of a score. */
export type Range = readonly [low: number, high: number];

/** What every agent is judged on. */
export interface Dimension {
  readonly name: string;
  readonly description: string;
  readonly range: Range;
  /** What scores from `low` to `high` mean. */
  readonly bands: readonly (readonly [low: number, high: number, meaning: string])[];
  /** Whether scores are whole numbers. */
  readonly whole: boolean;
}

/** The name that stands for all seven dimensions. */
const ALL = 'sotopia';
const KEYS: readonly string[] = ['name', 'description', 'range', 'range_low', 'range_high'];
const LONGEST_NAME = 100;
const MOST_DIMENSIONS = 50;

type Fields = Readonly<Record<string, unknown>>;

/** Reads `dimensions:` of a section. What is wrong is added to `problems`; then the result is of no use. */
export function readDimensions(given: unknown, problems: string[]): readonly Dimension[] {
  if (given === undefined || given === null || given === ALL) return SOTOPIA;
  if (!Array.isArray(given) || given.length === 0) {
    problems.push(
      `config.dimensions must be "${ALL}" or a list of names and of {name, description, range: [low, high]}`,
    );
    return [];
  }
  const dimensions = given.flatMap((entry: unknown, index) =>
    readEntry(entry, `config.dimensions[${index}]`, problems),
  );
  const names = dimensions.map((dimension) => dimension.name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  for (const name of new Set(twice)) problems.push(`config.dimensions has "${name}" twice`);
  if (dimensions.length > MOST_DIMENSIONS)
    problems.push(`config.dimensions may have ${MOST_DIMENSIONS} entries at most`);
  return dimensions;
}

function readEntry(entry: unknown, at: string, problems: string[]): readonly Dimension[] {
  if (entry === ALL) return SOTOPIA;
  if (typeof entry === 'string') {
    const known = SOTOPIA.find((dimension) => dimension.name === entry);
    if (known !== undefined) return [known];
    const there = SOTOPIA.map((dimension) => dimension.name).join(', ');
    problems.push(
      `${at} "${entry.slice(0, LONGEST_NAME)}" is not known; there are ${there}, or one of your own with a range`,
    );
    return [];
  }
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    problems.push(`${at} must be a name or {name, description, range: [low, high]}`);
    return [];
  }
  return readOwn(Object.fromEntries(Object.entries(entry)), at, problems);
}

function readOwn(fields: Fields, at: string, problems: string[]): readonly Dimension[] {
  const { name, description } = fields;
  const before = problems.length;
  for (const key of Object.keys(fields)) {
    if (!KEYS.includes(key)) problems.push(`${at}.${key.slice(0, LONGEST_NAME)} is not known; ${thereIs(KEYS)}`);
  }
  if (typeof name !== 'string' || name.trim() === '' || name.length > LONGEST_NAME) {
    problems.push(`${at}.name must be a name of up to ${LONGEST_NAME} characters`);
    return [];
  }
  if (description !== undefined && description !== null && typeof description !== 'string') {
    problems.push(`${at}.description must be a text`);
  }
  const known = SOTOPIA.find((dimension) => dimension.name === name);
  const range = readRange(fields, at, problems) ?? known?.range;
  if (range === undefined && problems.length === before) problems.push(`${at}.range is missing: [low, high]`);
  if (range === undefined || problems.length > before) return [];
  const same = known !== undefined && range[0] === known.range[0] && range[1] === known.range[1];
  const text = typeof description === 'string' ? description.trim() : (known?.description ?? '');
  return [{ name, description: text, range, bands: same ? known.bands : [], whole: same }];
}

/** `range: [low, high]`, or `range_low` and `range_high`. */
function readRange(fields: Fields, at: string, problems: string[]): Range | undefined {
  const { range, range_low, range_high } = fields;
  const given: unknown =
    range ?? (range_low === undefined && range_high === undefined ? undefined : [range_low, range_high]);
  if (given === undefined) return undefined;
  const [low, high, ...more]: readonly unknown[] = Array.isArray(given) ? given : [];
  if (
    typeof low !== 'number' ||
    typeof high !== 'number' ||
    more.length > 0 ||
    !Number.isFinite(low) ||
    !Number.isFinite(high)
  ) {
    problems.push(`${at}.range must be [low, high], two numbers`);
  } else if (low >= high) problems.push(`${at}.range [${low}, ${high}] must go from the lower number to the higher`);
  else return [low, high];
}
