import type { EvaluationScope, EvaluationScore, NewFact } from '../events/conversation-event.js';
import { ParleyError } from '../kernel/parley-error.js';
import { unlessAborted } from '../kernel/unless-aborted.js';
import type { EvaluationInput, Evaluator } from '../ports/evaluator.js';
import { checkEvaluation, failedForAll, type CheckedEvaluation } from './check-evaluation.js';
import type { MultiAgentContext } from './context.js';
import { describeAction, inSeatOrder } from './observation.js';
import { goalOf, type MultiAgentState } from './state.js';

/**
 * Asks all evaluators of a scope, in the order of the configuration, and writes down what each says. An abort leaves the
 * evaluation open: what was answered is kept, and whoever takes the run up again asks the others.
 */
export async function evaluate(
  context: MultiAgentContext,
  state: () => MultiAgentState,
  scope: EvaluationScope,
  emit: (facts: readonly NewFact[]) => void,
): Promise<void> {
  const asked = context.evaluators.filter((evaluator) => evaluator.scopes.includes(scope));
  const turn = state().turns.length;
  if (state().open_evaluation === undefined) {
    const evaluators = [...new Set(asked.map((evaluator) => evaluator.name))];
    emit([{ body: { type: 'evaluation_start', scope, turn, evaluators } }]);
  }
  for (const evaluator of asked) {
    // After a restart those who have answered are not asked again.
    if (state().open_evaluation?.answered.includes(evaluator.name)) continue;
    const evaluation = await judge(evaluator, evaluationInput(state(), scope), context.signal);
    if (context.signal.aborted) return;
    emit(resultFacts(evaluator, evaluation, scope, turn));
  }
  const terminated = state().open_evaluation?.terminated;
  emit([{ body: { type: 'evaluation_end', scope, turn, ...(terminated === undefined ? {} : { terminated }) } }]);
}

/** What evaluators are shown: everything, private actions and goals included. */
export function evaluationInput(state: MultiAgentState, scope: EvaluationScope): EvaluationInput {
  return {
    scope,
    turn: state.turns.length,
    scenario: state.settings.scenario,
    agents: state.settings.participants.map((p) => {
      const goal = goalOf(state, p);
      return {
        name: p.name,
        ...(goal === undefined || goal === '' ? {} : { goal }),
        ...(p.background === undefined ? {} : { background: p.background }),
        ...(p.profile === undefined ? {} : { profile: p.profile }),
      };
    }),
    left: state.left,
    messages: state.turns.map((turn) =>
      inSeatOrder(state, turn).map(
        (action) => [action.agent, describeAction(action) ?? `${action.agent} did nothing`] as const,
      ),
    ),
  };
}

async function judge(evaluator: Evaluator, input: EvaluationInput, signal: AbortSignal): Promise<CheckedEvaluation> {
  try {
    return checkEvaluation(await unlessAborted(evaluator.evaluate(input, signal), signal, stopped), input);
  } catch (error) {
    // An evaluator is a plugin: what it throws is its failure, not the run's.
    return { scores: failedForAll(input, failureText(error)) };
  }
}

const stopped = (): ParleyError => new ParleyError('aborted', 'the run was stopped');

/** Only our own errors have messages that may be shown: others may quote an address with a key, or what an upstream said. */
function failureText(error: unknown): string {
  if (error instanceof ParleyError) return `${error.code}: ${error.message}`;
  const name = error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : 'something that is not an error';
  return `internal: the evaluator threw ${name}`;
}

function resultFacts(
  evaluator: Evaluator,
  evaluation: CheckedEvaluation,
  scope: EvaluationScope,
  turn: number,
): NewFact[] {
  const facts: NewFact[] = evaluation.scores.map((score) => {
    const result: EvaluationScore = { evaluator: evaluator.name, ...score };
    return { body: { type: 'evaluation_result', scope, turn, ...result } };
  });
  if (evaluation.spent !== undefined) {
    const { model, usage } = evaluation.spent;
    facts.push({ body: { type: 'usage', purpose: 'judge', model, usage } });
  }
  return facts;
}
