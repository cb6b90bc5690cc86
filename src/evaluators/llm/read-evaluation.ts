import type { Score } from '../../core/multi-agent/check-evaluation.js';
import { closeJson } from './close-json.js';
import type { Dimension } from './dimensions.js';

/** Makes valid JSON of nearly valid JSON; may throw. */
export type RepairJson = (text: string) => string;

/** Who is judged, and on what. */
export interface Judged {
  readonly agents: readonly string[];
  readonly dimensions: readonly Dimension[];
}

type Fields = Readonly<Record<string, unknown>>;

const KEY = 'agent_evaluations';

/** Characters. More than 64 agents in a dozen dimensions need; what is longer would hold up everybody else. */
const LONGEST = 1_000_000;

/**
 * Reads a judge's answer tolerantly: fenced or in prose, nearly JSON, `[reasoning, score]`, `{reasoning, score}` or a bare
 * score. One result for each agent and dimension: what is missing, no number or out of range has failed, the rest stands.
 * Agents and dimensions that nobody asked for are ignored.
 *
 * @returns undefined when no evaluation can be found in it
 */
export function readEvaluation(answer: string, judged: Judged, repair: RepairJson): readonly Score[] | undefined {
  const found = findEvaluations(answer, judged.agents, repair);
  if (found === undefined) return undefined;
  return judged.agents.flatMap((agent) => {
    const given = lookUp(found, agent, judged.agents);
    return judged.dimensions.map((dimension) => {
      if (!isFields(given)) return failedScore(agent, dimension, 'the judge did not evaluate this agent');
      const names = judged.dimensions.map(({ name }) => name);
      return readScore(agent, dimension, lookUp(given, dimension.name, names));
    });
  });
}

/** A result that says why there is no score. */
export function failedScore(target: string, { name, range }: Dimension, error: string, reasoning = ''): Score {
  return { target, dimension: name, score: null, status: 'failed', reasoning, error, range };
}

function readScore(agent: string, dimension: Dimension, given: unknown): Score {
  if (given === undefined) return failedScore(agent, dimension, 'the judge did not score this dimension');
  const [reasoning, value] = partsOf(given);
  const score = numberOf(value);
  const [low, high] = dimension.range;
  if (score === undefined) return failedScore(agent, dimension, 'the score is not a number', reasoning);
  if (!(score >= low && score <= high)) {
    return failedScore(agent, dimension, `the score ${score} is outside ${low}..${high}`, reasoning);
  }
  return { target: agent, dimension: dimension.name, score, status: 'scored', reasoning, range: dimension.range };
}

function partsOf(given: unknown): readonly [reasoning: string, score: unknown] {
  if (isFields(given)) return [textOf(given['reasoning']), given['score']];
  if (!Array.isArray(given)) return ['', given];
  const [first, second]: readonly unknown[] = given;
  return typeof first === 'number' && typeof second !== 'number' ? [textOf(second), first] : [textOf(first), second];
}

/** Text counts as a number only if it is nothing else. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim().replace(/^−/, '-');
  return /^[+-]?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) + 0 : undefined;
}

/** The object from agents to their dimensions: as it stands, or closed, or repaired. */
function findEvaluations(answer: string, agents: readonly string[], repair: RepairJson): Fields | undefined {
  const text = answer.slice(0, LONGEST + 1).replace(/^\s*<think>[\s\S]*?<\/think>/, '');
  const start = text.indexOf('{');
  if (start < 0 || text.length > LONGEST) return undefined;
  // The first place that names the key: a later one may be a quotation of what an agent said.
  const named = text.lastIndexOf('{', Math.max(0, text.indexOf(KEY)));
  const candidates = [start, ...(named > start ? [named] : [])].map((from) => text.slice(from));
  for (const read of [parseWhole, parseClosed, (json: string) => parseRepaired(json, repair)]) {
    for (const json of candidates) {
      const found = evaluationsIn(read(json), agents);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Under its key, under the `properties` of a copied schema, or without either. */
function evaluationsIn(value: unknown, agents: readonly string[]): Fields | undefined {
  if (!isFields(value)) return undefined;
  const nested = own(value, 'properties');
  for (const root of [value, ...(isFields(nested) ? [nested] : [])]) {
    const found = own(root, KEY);
    if (isFields(found)) return found;
    if (agents.some((agent) => isFields(own(root, agent)))) return root;
  }
  return undefined;
}

/** By its name, else by one that differs only in case and spacing and is nobody else's. */
function lookUp(fields: Fields, name: string, names: readonly string[]): unknown {
  if (Object.hasOwn(fields, name)) return fields[name];
  const alike = Object.keys(fields).filter((key) => !names.includes(key) && plain(key) === plain(name));
  const rivals = names.filter((other) => plain(other) === plain(name));
  return alike.length === 1 && rivals.length === 1 ? own(fields, alike[0] ?? '') : undefined;
}

function plain(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ');
}

function own(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function parseWhole(text: string): unknown {
  return attempt(() => text.slice(0, text.lastIndexOf('}') + 1));
}

function parseClosed(text: string): unknown {
  return attempt(() => closeJson(text) ?? '');
}

/** What follows the last closed bracket may be half a number. */
function parseRepaired(text: string, repair: RepairJson): unknown {
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'));
  return end < 0 ? undefined : attempt(() => repair(text.slice(0, end + 1)));
}

function attempt(make: () => string): unknown {
  try {
    const value: unknown = JSON.parse(make());
    return value;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
