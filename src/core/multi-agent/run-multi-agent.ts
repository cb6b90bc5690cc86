import type { NewFact } from '../events/conversation-event.js';
import { assertNever } from '../kernel/assert-never.js';
import { actHuman } from './act-human.js';
import { act, seekGoal, type ActOutcome, type ActRequest } from './act.js';
import { CANCELLED, type RunResult } from '../conversation/run-result.js';
import type { MultiAgentContext } from './context.js';
import { evaluate } from './evaluate.js';
import { evolve } from './evolve.js';
import { nextStep } from './next-step.js';
import type { Participant } from './settings.js';
import { goalOf, type MultiAgentState } from './state.js';

/**
 * Drives a multi-agent run to its end: asks the state for the next step, takes it, and folds what happened back into the
 * state. Given the state folded from a log it goes on from there; what is done is not done again.
 *
 * @param start where the run stands: `initialState`, or the fold of its facts after a restart
 * @returns how it ended; the parts left open by an abort or a failure are the caller's to close
 */
export async function runMultiAgent(context: MultiAgentContext, start: MultiAgentState): Promise<RunResult> {
  let state = start;
  const emit = (facts: readonly NewFact[]): void => {
    context.log.append(facts);
    for (const fact of facts) state = evolve(state, fact);
  };
  for (;;) {
    if (context.signal.aborted) return CANCELLED;
    const step = nextStep(state);
    switch (step.kind) {
      case 'start_turn':
        if (context.stopRequested()) return CANCELLED;
        emit([{ body: { type: 'turn_start', turn: step.turn } }]);
        break;
      case 'act': {
        const result = await actTogether(context, { state, agents: step.agents, turn: step.turn, emit });
        if (result !== undefined) return result;
        break;
      }
      case 'evaluate_turn':
        await evaluate(context, () => state, 'turn', emit);
        break;
      case 'end_turn':
        emit([{ body: { type: 'turn_end', turn: step.turn } }]);
        break;
      case 'evaluate_end':
        await evaluate(context, () => state, 'terminal', emit);
        break;
      case 'end':
        return { outcome: 'completed', code: step.ending.code, detail: step.ending.detail };
      default:
        return assertNever(step, 'step');
    }
  }
}

interface Wave {
  readonly state: MultiAgentState;
  readonly agents: readonly string[];
  readonly turn: number;
  readonly emit: (facts: readonly NewFact[]) => void;
}

/** Asks several agents at once; the first that cannot act stops the others. The result that ends the run, if one does. */
async function actTogether(context: MultiAgentContext, wave: Wave): Promise<RunResult | undefined> {
  const siblings = new AbortController();
  // One alone has no sibling to be stopped for.
  const signal = wave.agents.length === 1 ? context.signal : AbortSignal.any([context.signal, siblings.signal]);
  const outcomes = await Promise.all(
    participantsOf(wave).map(async (participant) => {
      const outcome = await actOnce(context, {
        state: wave.state,
        participant,
        turn: wave.turn,
        signal,
        emit: wave.emit,
      });
      if (outcome.kind === 'stopped' && outcome.result.outcome === 'failed') siblings.abort();
      return outcome;
    }),
  );
  const results = outcomes.flatMap((outcome) => (outcome.kind === 'stopped' ? [outcome.result] : []));
  return results.find((result) => result.outcome === 'failed') ?? results[0];
}

async function actOnce(context: MultiAgentContext, request: ActRequest): Promise<ActOutcome> {
  const { participant, state } = request;
  if (participant.type === 'human') return actHuman(context, request);
  if (goalOf(state, participant) === undefined) {
    const goals: Record<string, string> = {};
    const keep = (facts: readonly NewFact[]): void => {
      for (const fact of facts) {
        if (fact.body.type === 'conversation_state') goals[participant.name] = fact.body.goal;
      }
      request.emit(facts);
    };
    const outcome = await seekGoal(context, { ...request, emit: keep });
    if (outcome.kind === 'stopped') return outcome;
    return act(context, { ...request, state: { ...state, goals: { ...state.goals, ...goals } } });
  }
  return act(context, request);
}

function participantsOf(wave: Wave): readonly Participant[] {
  return wave.state.settings.participants.filter((participant) => wave.agents.includes(participant.name));
}
