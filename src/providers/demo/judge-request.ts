import type { ModelRequest } from '../../core/ports/model-provider.js';
import { readTranscript, type Entry } from './agent-prompt.js';
import { isRecord, propertiesOf, resolve, type JsonObject } from './json-schema.js';
import { SOTOPIA_RANGES } from './sotopia.js';

/** A dimension that is asked for. */
export interface JudgedDimension {
  readonly name: string;
  readonly range: readonly [low: number, high: number];
  /** Whether it is answered as `[reasoning, score]` or as `{reasoning, score}`. */
  readonly form: 'pair' | 'object';
}

/** What a judge is asked. */
export interface JudgeRequest {
  readonly agents: readonly {
    readonly name: string;
    readonly goal?: string;
    readonly dimensions: readonly JudgedDimension[];
  }[];
  readonly entries: readonly Entry[];
}

/** Reads agents and dimensions from the schema, transcript and goals from the prompt. */
export function readJudgeRequest(request: ModelRequest): JudgeRequest {
  const root = request.json?.schema ?? {};
  const text = request.messages.map((message) => message.content).join('\n');
  const asked = resolve(propertiesOf(root)['agent_evaluations'], root);
  const named = Object.entries(propertiesOf(asked));
  const entries = readTranscript(
    text,
    named.map(([name]) => name),
  );
  const general = isRecord(asked) ? asked['additionalProperties'] : undefined;
  const seen = [...new Set(entries.map((entry) => entry.agent))].map((name) => [name, general] as const);
  const agents = (named.length > 0 ? named : seen).map(([name, schema]) => {
    const goal = goalOf(name, text);
    return { name, ...(goal === undefined ? {} : { goal }), dimensions: dimensionsOf(resolve(schema, root), root) };
  });
  return { agents, entries };
}

function dimensionsOf(schema: unknown, root: JsonObject): readonly JudgedDimension[] {
  const found = Object.entries(propertiesOf(schema));
  if (found.length === 0) return Object.entries(SOTOPIA_RANGES).map(([name, range]) => ({ name, range, form: 'pair' }));
  return found.map(([name, given]) => {
    const node = resolve(given, root);
    return { name, range: rangeOf(name, node, root), form: formOf(node) };
  });
}

function formOf(node: unknown): 'pair' | 'object' {
  if (!isRecord(node)) return 'pair';
  const choices: readonly unknown[] = Array.isArray(node['anyOf'])
    ? node['anyOf']
    : Array.isArray(node['oneOf'])
      ? node['oneOf']
      : [];
  if (choices.length > 0) return choices.every((choice) => formOf(choice) === 'object') ? 'object' : 'pair';
  return node['type'] === 'object' || 'properties' in node ? 'object' : 'pair';
}

function rangeOf(name: string, node: unknown, root: JsonObject): readonly [number, number] {
  return (
    boundsIn(node, root, 0) ??
    describedRange(node) ??
    (Object.hasOwn(SOTOPIA_RANGES, name) ? SOTOPIA_RANGES[name] : undefined) ?? [0, 10]
  );
}

/** The first `minimum` and `maximum` found in a schema, however deep. */
function boundsIn(value: unknown, root: JsonObject, depth: number): readonly [number, number] | undefined {
  const node = resolve(value, root);
  if (depth > 6 || typeof node !== 'object' || node === null) return undefined;
  if (isRecord(node)) {
    const { minimum, maximum } = node;
    if (typeof minimum === 'number' && typeof maximum === 'number' && minimum <= maximum) return [minimum, maximum];
  }
  for (const child of Object.values(node)) {
    const bounds = boundsIn(child, root, depth + 1);
    if (bounds !== undefined) return bounds;
  }
  return undefined;
}

/** A range in words: `-5 to 5`, `from 0 to 10`, `0..10`, `between −10 and 0`. */
function describedRange(node: unknown): readonly [number, number] | undefined {
  const text = JSON.stringify(node ?? '').replaceAll('−', '-');
  const match = /(-?\d+(?:\.\d+)?)\s*(?:to|and|\.\.\.?|–|,|-)\s*(-?\d+(?:\.\d+)?)/.exec(text);
  const [low, high] = [Number(match?.[1]), Number(match?.[2])];
  return match !== null && low <= high ? [low, high] : undefined;
}

/**
 * The goal a prompt names for an agent: on a line with its name (`Ann's goal: …`, `Ann (goal: …)`, `Goal of Ann: …`,
 * `{"name":"Ann","goal":"…"}`), or on a `goal: …` line under one that begins with the name.
 */
export function goalOf(name: string, text: string): string | undefined {
  let under = false;
  for (const line of text.split('\n')) {
    const bare = line.replace(/^[\s*#>-]+/, '');
    const at = bare.indexOf(name);
    if (at >= 0 && at < 40) under = bare.startsWith(name) && !/^.{0,200}? said\b/.test(bare);
    const named = at >= 0 && at < 60;
    const match =
      named || under ? /\bgoal\b[^:]{0,80}:\s*"?(.+)/i.exec(named ? afterName(bare, name, at) : bare) : null;
    if (match !== null) return (match[1] ?? '').replace(/["})\]]+[.,]?$/, '').trim();
    if (line.trim() === '') under = false;
  }
  return undefined;
}

/** `Goal of Ann: …` names the goal before the agent. */
function afterName(line: string, name: string, at: number): string {
  return /\bgoal\b/i.test(line.slice(0, at)) ? `goal${line.slice(at + name.length)}` : line.slice(at + name.length);
}
