import type { EvaluationScore } from '../events/conversation-event.js';

/** What one agent was given, over all evaluators that scored. */
export interface AgentScores {
  /** Mean of the dimensions, or what an evaluator gave as `overall_score`; null when nothing was scored. */
  readonly overall_score: number | null;
  /** The same on a scale of 0..1, over the dimensions that have bounds; null when there are none. */
  readonly normalized_score: number | null;
  /** Mean per dimension over the evaluators that scored it. */
  readonly dimensions: Readonly<Record<string, number>>;
}

/** The verdict on a conversation. */
export interface Verdict {
  readonly per_agent: Readonly<Record<string, AgentScores>>;
  /** All reasonings, by agent and dimension, as one text for people. */
  readonly reasoning: string;
}

/** Reserved name: what an evaluator says of the conversation as a whole. */
export const ENVIRONMENT = 'environment';

/** A dimension that stands for the mean of all, where an evaluator supplies it. */
const SUPPLIED = 'overall_score';

interface Scored {
  readonly evaluator: string;
  readonly dimension: string;
  readonly value: number;
  /** Where it lies in its own bounds, 0..1; undefined without bounds. */
  readonly share: number | undefined;
}

/** Combines the judgements of a conversation. Failed and abstained ones count for nothing: they are not zero. */
export function aggregate(agents: readonly string[], scores: readonly EvaluationScore[]): Verdict {
  const byTarget = Map.groupBy(scores, (score) => score.target);
  const per_agent = agents.map((agent) => [agent, scoresOf(byTarget.get(agent) ?? [])] as const);
  const sections = [...new Set([ENVIRONMENT, ...agents])].flatMap((target) =>
    comments(target, byTarget.get(target) ?? []),
  );
  // An agent may be called `__proto__`: entries make it a property like any other.
  return { per_agent: Object.fromEntries(per_agent), reasoning: sections.join('\n') };
}

function scoresOf(scores: readonly EvaluationScore[]): AgentScores {
  const byDimension = Map.groupBy(scores.flatMap(scored), (score) => score.dimension);
  const supplied = byDimension.get(SUPPLIED) ?? [];
  byDimension.delete(SUPPLIED);
  const dimensions = [...byDimension].map(
    ([name, given]) => [name, overEvaluators(given, (score) => score.value)] as const,
  );
  const means = dimensions.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  const shares = [...byDimension.values()].map((given) => overEvaluators(given, (score) => score.share));
  return {
    overall_score: overEvaluators(supplied, (score) => score.value) ?? mean(means.map(([, value]) => value)),
    normalized_score:
      mean(shares.filter((share) => share !== null)) ?? overEvaluators(supplied, (score) => score.share),
    dimensions: Object.fromEntries(means),
  };
}

function scored({ evaluator, dimension, score, status, range }: EvaluationScore): Scored[] {
  if (status !== 'scored' || score === null) return [];
  const value = Number(score);
  return [{ evaluator, dimension, value, share: shareOf(value, typeof score === 'boolean' ? [0, 1] : range) }];
}

function shareOf(value: number, range: readonly [number, number] | undefined): number | undefined {
  if (range === undefined || range[0] >= range[1]) return undefined;
  return Math.min(1, Math.max(0, (value - range[0]) / (range[1] - range[0])));
}

/** The mean of the evaluators' own means: one that scores after every turn has no more weight than one that scores once. */
function overEvaluators(scores: readonly Scored[], valueOf: (score: Scored) => number | undefined): number | null {
  const each = [...Map.groupBy(scores, (score) => score.evaluator).values()];
  return mean(
    each.map((own) => mean(own.map(valueOf).filter((value) => value !== undefined))).filter((value) => value !== null),
  );
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function comments(target: string, scores: readonly EvaluationScore[]): string[] {
  const lines = [...Map.groupBy(scores, (score) => score.dimension)].flatMap(([dimension, given]) => {
    const remarks = new Set(given.map(remark).filter((text) => text !== ''));
    if (remarks.size > 0) return [`${dimension}: ${[...remarks].join(' ')}`];
    return given.some((score) => score.status === 'scored') ? [`${dimension}: (no reasoning)`] : [];
  });
  const title = target === ENVIRONMENT ? 'Environment' : target;
  return lines.length === 0 ? [] : [`${title} comments:\n${lines.join('\n')}`];
}

/** One that abstained without a word leaves none. */
function remark(score: EvaluationScore): string {
  if (score.status === 'scored') return score.reasoning;
  const text = score.error ?? score.reasoning;
  return score.status === 'abstained' && text === '' ? '' : `(${score.status}) ${text}`;
}
