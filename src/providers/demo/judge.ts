import type { ModelRequest } from '../../core/ports/model-provider.js';
import { judgeBy, scoreIn } from './judge-rules.js';
import { readJudgeRequest, type JudgedDimension, type JudgeRequest } from './judge-request.js';

/**
 * Answers a request for an evaluation: JSON `{"agent_evaluations": {agent: {dimension: [reasoning, score]}}}` for the
 * agents and dimensions of the request's schema. Every score is what a stated rule counts (`judge-rules.ts`):
 *
 * - believability: turns acted in and variety of what was done
 * - relationship: friendly words, less insults
 * - knowledge: own questions that were answered, and answers given
 * - secret: best unless the goal is quoted word for word
 * - social_rules: best, less insults
 * - financial_and_material_benefits: neutral, a little better when money came up and a deal was closed
 * - goal: content words of the goal that came up, and whether there was an agreement
 * - any other: turns acted in
 *
 * The reasoning names the rule and what was counted, so that nobody takes it for understanding.
 */
export function judgement(request: ModelRequest): string {
  const asked = readJudgeRequest(request);
  const agents = asked.agents.map(
    ({ name, goal, dimensions }) => [name, judgeAgent(asked, name, goal, dimensions)] as const,
  );
  return JSON.stringify({ agent_evaluations: Object.fromEntries(agents) });
}

function judgeAgent(
  { entries }: JudgeRequest,
  name: string,
  goal: string | undefined,
  dimensions: readonly JudgedDimension[],
): Readonly<Record<string, unknown>> {
  const all = entries.filter((entry) => entry.type !== 'none');
  const own = all.filter((entry) => entry.agent === name);
  const turns = new Set(entries.map((entry) => entry.turn)).size;
  const scores = dimensions.map((dimension) => {
    const { share, reasoning } = judgeBy(dimension.name, { goal, own, all, turns });
    const score = scoreIn(dimension.range, share);
    return [dimension.name, dimension.form === 'pair' ? [reasoning, score] : { reasoning, score }] as const;
  });
  return Object.fromEntries(scores);
}
