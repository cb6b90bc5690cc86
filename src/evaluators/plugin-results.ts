import { ENVIRONMENT } from '../core/multi-agent/aggregate.js';
import { checkEvaluation, OVERALL, TERMINATED, type Score } from '../core/multi-agent/check-evaluation.js';
import type { Evaluation, EvaluationInput } from '../core/ports/evaluator.js';

/**
 * Reads what a plugin answered: a list of objects or of the document's tuples, or `{scores: [...], terminated?}`. What
 * cannot be read becomes a failed result. Several scores of one agent in one dimension, as from a plugin that scores every
 * message, become their mean.
 */
export function readPluginResults(answer: unknown, input: EvaluationInput): Evaluation {
  const whole = isFields(answer) ? answer : { scores: answer ?? [] };
  const listed: unknown = whole['scores'];
  const scores = Array.isArray(listed) ? listed.map((entry: unknown) => toScore(entry, input)) : listed;
  const checked = checkEvaluation({ scores, terminated: whole['terminated'] }, input);
  const merged = [...Map.groupBy(checked.scores, sameResult).values()].map(merge);
  const end = merged.find(
    ({ target, dimension, score }) => target === ENVIRONMENT && dimension === TERMINATED && score === true,
  );
  return { scores: merged, ...(end === undefined ? {} : { terminated: { reasoning: end.reasoning } }) };
}

function toScore(entry: unknown, input: EvaluationInput): unknown {
  if (isFields(entry)) return { ...entry, target: targetOf(entry['target'] ?? entry['agent'], input) };
  return Array.isArray(entry) ? fromTuple(entry, input) : entry;
}

/** `[agent, [[dimension, score], reasoning]]` */
function fromTuple([agent, judgement]: readonly unknown[], input: EvaluationInput): unknown {
  const target = targetOf(agent, input);
  if (Array.isArray(judgement) && Array.isArray(judgement[0])) {
    const [[dimension, score], reasoning]: readonly [readonly unknown[], unknown] = [judgement[0], judgement[1]];
    return { target, dimension, score, reasoning };
  }
  const error = 'a result is neither an object nor [agent, [[dimension, score], reasoning]]';
  return { target, dimension: OVERALL, status: 'failed', error };
}

/** The environment in any spelling, the documents write it both ways, unless somebody is called that. */
function targetOf(given: unknown, input: EvaluationInput): unknown {
  if (typeof given !== 'string' || input.agents.some((agent) => agent.name === given)) return given;
  return given.toLowerCase() === ENVIRONMENT ? ENVIRONMENT : given;
}

function sameResult({ target, dimension, status, score, range }: Score): string {
  return JSON.stringify([target, dimension, status, typeof score, range]);
}

function merge(same: readonly Score[]): Score {
  const [first, ...more] = same;
  if (first === undefined) throw new TypeError('a group has members');
  if (more.length === 0) return first;
  const errors = joined(same.map((score) => score.error ?? ''));
  return {
    ...first,
    score: mergedScore(same.map((score) => score.score)),
    reasoning: joined(same.map((score) => score.reasoning)),
    ...(errors === '' ? {} : { error: errors }),
  };
}

/** A claim holds when it was made once; numbers have a mean. */
function mergedScore(scores: readonly Score['score'][]): Score['score'] {
  if (scores.includes(true)) return true;
  const numbers = scores.filter((score) => typeof score === 'number');
  if (numbers.length === 0) return scores[0] ?? null;
  return numbers.reduce((sum, score) => sum + score, 0) / numbers.length;
}

function joined(texts: readonly string[]): string {
  return [...new Set(texts)].filter((text) => text !== '').join(' ');
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
