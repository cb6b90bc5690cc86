import type { EvaluationScore, Usage } from '../events/conversation-event.js';
import type { Evaluation, EvaluationInput } from '../ports/evaluator.js';
import { ENVIRONMENT } from './aggregate.js';

/** A result without the name of who gave it. */
export type Score = Evaluation['scores'][number];

/** An evaluation that may be written down: every number finite and in its range, every failure with a reason. */
export interface CheckedEvaluation {
  readonly scores: readonly Score[];
  readonly spent?: { readonly model: string; readonly usage: Usage };
}

/** The dimension of results that are about no dimension in particular. */
export const OVERALL = 'overall';

/** The dimension in which an evaluator says that the conversation is over. */
export const TERMINATED = 'terminated';

const LONGEST_TEXT = 20_000;
const LONGEST_NAME = 200;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Holds what an evaluator answered against the port: evaluators may be plugins, and models speak through them. What is
 * not sound becomes a failed result that says why; nothing is dropped. Who answers nothing has abstained, and who ends the
 * conversation has a result that says so.
 */
export function checkEvaluation(answer: unknown, input: EvaluationInput): CheckedEvaluation {
  const given = isFields(answer) ? answer['scores'] : undefined;
  if (!isFields(answer) || !Array.isArray(given)) {
    return { scores: failedForAll(input, 'the evaluator answered with something that is not an evaluation') };
  }
  const scores = given.map((score: unknown) => checkScore(score, input));
  const end = answer['terminated'];
  if (isFields(end) && !scores.some(saysTerminated)) {
    scores.push({
      target: ENVIRONMENT,
      dimension: TERMINATED,
      score: true,
      status: 'scored',
      reasoning: text(end['reasoning']),
    });
  }
  const abstained: Score = { target: ENVIRONMENT, dimension: OVERALL, score: null, status: 'abstained', reasoning: '' };
  const spent = spentOf(answer['spent']);
  return { scores: scores.length === 0 ? [abstained] : scores, ...(spent === undefined ? {} : { spent }) };
}

/** A failed result for every agent. */
export function failedForAll(input: EvaluationInput, error: string): readonly Score[] {
  return input.agents.map(({ name }) => failed({ target: name, dimension: OVERALL, reasoning: '' }, error));
}

function saysTerminated(score: Score): boolean {
  return score.target === ENVIRONMENT && score.dimension === TERMINATED && score.score === true;
}

function checkScore(given: unknown, input: EvaluationInput): Score {
  if (!isFields(given))
    return failed({ target: ENVIRONMENT, dimension: OVERALL, reasoning: '' }, 'a result is not an object');
  const [target, dimension] = [given['target'], given['dimension']];
  const range = rangeOf(given['range']);
  const about = {
    target: isName(target) ? target : ENVIRONMENT,
    dimension: isName(dimension) ? dimension : OVERALL,
    reasoning: text(given['reasoning']),
    ...(range === undefined ? {} : { range }),
  };
  if (given['status'] === 'failed') return failed(about, text(given['error']) || 'the evaluator gave no reason');
  if (given['status'] === 'abstained')
    return { ...about, score: null, status: 'abstained', ...errorOf(given['error']) };
  const problem = targetProblem(target, input) ?? (isName(dimension) ? undefined : 'a result names no dimension');
  return problem === undefined ? scoredOrFailed(about, given['score']) : failed(about, problem);
}

function scoredOrFailed(
  about: Pick<EvaluationScore, 'target' | 'dimension' | 'reasoning' | 'range'>,
  score: unknown,
): Score {
  if (typeof score === 'boolean') return { ...about, score, status: 'scored' };
  if (typeof score !== 'number' || !Number.isFinite(score)) return failed(about, 'the score is not a number');
  const [low, high] = about.range ?? [-Infinity, Infinity];
  if (score < low || score > high) return failed(about, `the score ${score} is outside ${low}..${high}`);
  return { ...about, score, status: 'scored' };
}

function failed(about: Omit<Score, 'score' | 'status' | 'error'>, error: string): Score {
  return { ...about, score: null, status: 'failed', error };
}

function targetProblem(target: unknown, input: EvaluationInput): string | undefined {
  if (!isName(target)) return 'a result names no agent';
  if (target === ENVIRONMENT || input.agents.some((agent) => agent.name === target)) return undefined;
  return 'there is no agent of this name';
}

function errorOf(given: unknown): { readonly error?: string } {
  const error = text(given);
  return error === '' ? {} : { error };
}

function rangeOf(given: unknown): readonly [number, number] | undefined {
  if (!Array.isArray(given) || given.length !== 2) return undefined;
  const [low, high]: readonly unknown[] = given;
  const bounds = Number.isFinite(low) && Number.isFinite(high) ? ([Number(low), Number(high)] as const) : undefined;
  return bounds !== undefined && bounds[0] <= bounds[1] ? bounds : undefined;
}

const USAGE_FIELDS: readonly (keyof Usage)[] = [
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'cost',
  'calls',
];

function spentOf(given: unknown): CheckedEvaluation['spent'] {
  if (!isFields(given) || typeof given['model'] !== 'string' || !isFields(given['usage'])) return undefined;
  const usage: Record<string, number> = {};
  for (const key of USAGE_FIELDS) {
    const value = given['usage'][key];
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) usage[key] = value;
  }
  return { model: given['model'], usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0, ...usage } };
}

function text(given: unknown): string {
  return typeof given === 'string' ? given.slice(0, LONGEST_TEXT) : '';
}

function isName(given: unknown): given is string {
  return typeof given === 'string' && given !== '' && given.length <= LONGEST_NAME;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
