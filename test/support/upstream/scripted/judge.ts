import { isRecord, jsonObjectsIn, listAt, numberAt, recordAt, textAt } from '../json.js';
import type { JsonRecord } from '../json.js';
import type { Ask } from '../types.js';
import { promptOf } from './asked.js';
import { middleScore, resolveRef } from './schema-sample.js';
import type { Range } from './schema-sample.js';

/** One agent's dimension in a judge's answer. */
export interface Verdict {
  readonly agent: string;
  readonly dimension: string;
  /** True where the schema asks for `{reasoning, score}`, not `[reasoning, score]`. */
  readonly asObject: boolean;
  readonly reasoning: string;
  readonly score: unknown;
}

const KNOWN_RANGES: Readonly<Record<string, Range>> = {
  believability: [0, 10],
  relationship: [-5, 5],
  knowledge: [0, 10],
  secret: [-10, 0],
  social_rules: [-10, 0],
  financial_and_material_benefits: [-5, 5],
  goal: [0, 10],
};

/** Mid-range verdicts on all agents and dimensions of the schema in the request or in the prompt. */
export function verdictsFor(ask: Ask): Verdict[] {
  const sources: JsonRecord[] = [...(ask.schema ? [ask.schema.schema] : []), ...jsonObjectsIn(promptOf(ask))];
  for (const source of sources) {
    const found = fromSchema(source) ?? fromExample(source);
    if (found !== undefined) return found;
  }
  return [];
}

/** The judge's answer as a value. */
export function evaluationOf(verdicts: readonly Verdict[]): JsonRecord {
  const agents: Record<string, Record<string, unknown>> = {};
  for (const { agent, dimension, asObject, reasoning, score } of verdicts) {
    (agents[agent] ??= {})[dimension] = asObject ? { reasoning, score } : [reasoning, score];
  }
  return { agent_evaluations: agents };
}

function fromSchema(schema: JsonRecord): Verdict[] | undefined {
  const place = findProperty(schema, 'agent_evaluations', 0);
  if (place === undefined) return undefined;
  const agents = Object.entries(recordAt(resolveRef(place, schema), 'properties'));
  return agents.flatMap(([agent, node]) =>
    Object.entries(recordAt(resolveRef(node, schema), 'properties')).map(([dimension, dimensionNode]) => {
      const resolved = resolveRef(dimensionNode, schema);
      const range = rangeIn(resolved, schema) ?? KNOWN_RANGES[dimension] ?? [0, 10];
      return verdict(agent, dimension, { asObject: 'properties' in resolved, range });
    }),
  );
}

/** `{"agent_evaluations": {"Alice": {"goal": ["reasoning", 0]}}}` given as an example of the form. */
function fromExample(example: JsonRecord): Verdict[] | undefined {
  if (!isRecord(example['agent_evaluations'])) return undefined;
  return Object.entries(example['agent_evaluations']).flatMap(([agent, dimensions]) =>
    Object.entries(isRecord(dimensions) ? dimensions : {}).map(([dimension, value]) =>
      verdict(agent, dimension, { asObject: isRecord(value), range: KNOWN_RANGES[dimension] ?? [0, 10] }),
    ),
  );
}

function verdict(agent: string, dimension: string, form: { asObject: boolean; range: Range }): Verdict {
  const reasoning = `${agent} does fairly on ${dimension}.`;
  return { agent, dimension, asObject: form.asObject, reasoning, score: middleScore(form.range) };
}

function findProperty(schema: unknown, name: string, depth: number): unknown {
  if (!isRecord(schema) || depth > 12) return undefined;
  const properties = recordAt(schema, 'properties');
  if (name in properties) return properties[name];
  for (const value of Object.values(schema)) {
    const found = findProperty(value, name, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function rangeIn(node: JsonRecord, root: JsonRecord): Range | undefined {
  const items = node['items'];
  const candidates: unknown[] = [recordAt(node, 'properties')['score'], ...listAt(node, 'prefixItems')];
  candidates.push(
    ...(Array.isArray(items) ? items : [items, ...listAt(items, 'anyOf'), ...listAt(items, 'oneOf')]),
    node,
  );
  for (const candidate of candidates) {
    const resolved = resolveRef(candidate, root);
    const low = numberAt(resolved, 'minimum');
    const high = numberAt(resolved, 'maximum');
    if (low !== undefined && high !== undefined) return [low, high];
    const described = rangeInWords(textAt(resolved, 'description'));
    if (described !== undefined) return described;
  }
  return undefined;
}

function rangeInWords(description: string): Range | undefined {
  const match = /([-−]?\d+)\s*(?:\.\.+|to|and|–|—)\s*([-−]?\d+)/.exec(description);
  const [low, high] = [match?.[1], match?.[2]].map((word) => Number(word?.replace('−', '-')));
  return match === null || low === undefined || high === undefined ? undefined : [low, high];
}
