import type { ActionTaken, EvaluationEnd, EvaluationResult, Fact } from '../events/conversation-event.js';
import { ENVIRONMENT } from './aggregate.js';
import { nextActors } from './turn-order.js';
import type { MultiAgentState, TakenAction, Turn } from './state.js';

/** The state after one more fact of the run. Facts that do not concern it leave it as it is. */
export function evolve(state: MultiAgentState, fact: Pick<Fact, 'body' | 'agent'>): MultiAgentState {
  const body = fact.body;
  switch (body.type) {
    case 'turn_start':
      return { ...state, turns: [...state.turns, startTurn(state, body.turn)] };
    case 'turn_end':
      // One that was interrupted is closed with its run and does not count.
      return body.interrupted === true ? state : withTurn(state, (turn) => ({ ...turn, ended: true }));
    case 'action':
      return fact.agent === undefined ? state : takeAction(state, fact.agent, body);
    case 'input_requested':
      return requestInput(state, fact.agent, body.deadline);
    case 'agent_left':
      return fact.agent === undefined ? state : { ...state, left: [...state.left, fact.agent] };
    case 'conversation_state':
      return fact.agent === undefined ? state : { ...state, goals: { ...state.goals, [fact.agent]: body.goal } };
    case 'evaluation_start':
      return { ...state, open_evaluation: { answered: [] } };
    case 'evaluation_result':
      return answered(state, body);
    case 'evaluation_end':
      return endEvaluation(state, body);
    default:
      return state;
  }
}

function startTurn(state: MultiAgentState, number: number): Turn {
  return { number, actors: nextActors(state), actions: [], requests: [], evaluated: false, ended: false };
}

function withTurn(state: MultiAgentState, change: (turn: Turn) => Turn): MultiAgentState {
  const last = state.turns.at(-1);
  return last === undefined ? state : { ...state, turns: [...state.turns.slice(0, -1), change(last)] };
}

function takeAction(state: MultiAgentState, agent: string, body: ActionTaken): MultiAgentState {
  const { action_type, argument, to } = body;
  const taken: TakenAction = { agent, action_type, argument, ...(to === undefined ? {} : { to }) };
  return withTurn(state, (turn) => ({ ...turn, actions: [...turn.actions, taken] }));
}

/**
 * Whoever has a result has answered. After a turn, `terminated` of the environment that says true ends the conversation:
 * being a result, it survives a crash before the evaluation's end. The first one who says so is named.
 */
function answered(state: MultiAgentState, body: EvaluationResult): MultiAgentState {
  const open = state.open_evaluation ?? { answered: [] };
  const names = open.answered.includes(body.evaluator) ? open.answered : [...open.answered, body.evaluator];
  const says =
    body.scope === 'turn' && body.target === ENVIRONMENT && body.dimension === 'terminated' && body.score === true;
  const terminated = says ? { terminated: { evaluator: body.evaluator, reasoning: body.reasoning } } : {};
  return { ...state, open_evaluation: { ...terminated, ...open, answered: names } };
}

function endEvaluation(state: MultiAgentState, body: EvaluationEnd): MultiAgentState {
  const { open_evaluation: _closed, ...rest } = state;
  if (body.scope === 'terminal') return { ...rest, judged: true };
  const terminated = body.terminated === undefined ? {} : { terminated: body.terminated };
  return { ...withTurn(rest, (turn) => ({ ...turn, evaluated: true })), ...terminated };
}

function requestInput(
  state: MultiAgentState,
  agent: string | undefined,
  deadline: string | undefined,
): MultiAgentState {
  if (agent === undefined) return state;
  const until = deadline === undefined ? Number.POSITIVE_INFINITY : Date.parse(deadline);
  return withTurn(state, (turn) => ({ ...turn, requests: [...turn.requests, { agent, deadline: until }] }));
}
