import type { Fact, MessageEnd, ToolCall, ToolExecutionEnd } from '../events/conversation-event.js';
import { evolveHistory, type History } from './history.js';

/** A tool call of the answer under way. */
export interface CallState {
  readonly call: ToolCall;
  /** Its intent is in the log: it was begun, or asked of the client. */
  readonly begun: boolean;
  /** Until when a client may answer, ms since the epoch. */
  readonly deadline?: number;
  readonly ended: boolean;
}

/** Where an agent run stands: a fold of its facts, so that after a restart the loop goes on from the same place. */
export interface AgentState {
  readonly history: History;
  readonly begun: boolean;
  /** Turns that were started. */
  readonly turns: number;
  /** A turn is under way. */
  readonly in_turn: boolean;
  /** The calls of the answer of the turn under way; undefined: it was not answered yet. */
  readonly calls: readonly CallState[] | undefined;
  /** The model is to be asked: it was given something it has not answered. */
  readonly due: boolean;
  /** Answers with tool calls that are over. */
  readonly rounds: number;
  /** Answers in a row, up to the last one that is over, with a call whose arguments did not validate. */
  readonly invalid_streak: number;
  readonly invalid_now: boolean;
  readonly terminated: boolean;
  /** It was said that messages are left out. */
  readonly truncation_told: boolean;
  /** What the last calls were, the latest last. */
  readonly recent: readonly string[];
}

/** Code of the warning that the model is not shown everything. */
export const HISTORY_TRUNCATED = 'history_truncated';

/** As many as tell that a call is the third of its kind in a row. */
const KEPT_CALLS = 2;

/** @param context what was said before the run, or what the client gave instead */
export function initialAgentState(context: History): AgentState {
  return {
    history: context,
    begun: false,
    turns: 0,
    in_turn: false,
    calls: undefined,
    due: true,
    rounds: 0,
    invalid_streak: 0,
    invalid_now: false,
    terminated: false,
    truncation_told: false,
    recent: [],
  };
}

/** The state after one more fact of the run. */
export function evolveAgent(state: AgentState, fact: Pick<Fact, 'body'>): AgentState {
  const { body } = fact;
  const next = { ...state, history: evolveHistory(state.history, fact) };
  switch (body.type) {
    case 'agent_start':
      return { ...next, begun: true };
    case 'turn_start':
      return { ...next, turns: body.turn, in_turn: true, calls: undefined };
    case 'message_end':
      return takeMessage(next, body);
    case 'tool_execution_start':
      return withCall(next, body.tool_call_id, { begun: true });
    case 'tool_request':
      return withCall(next, body.tool_call_id, {
        begun: true,
        deadline: body.deadline === undefined ? Number.POSITIVE_INFINITY : Date.parse(body.deadline),
      });
    case 'tool_result_received':
      return withCall(next, body.tool_call_id, { ended: true });
    case 'tool_execution_end':
      return endCall(next, body);
    case 'turn_end':
      return endTurn(next);
    case 'warning':
      return body.code === HISTORY_TRUNCATED ? { ...next, truncation_told: true } : next;
    default:
      return next;
  }
}

/** The same text for the same call, whatever the order of its arguments. */
export function signature({ name, arguments: args }: Pick<ToolCall, 'name' | 'arguments'>): string {
  return `${name} ${JSON.stringify(sorted(args))}`;
}

function takeMessage(state: AgentState, body: MessageEnd): AgentState {
  if (body.role === 'user') return { ...state, due: true };
  if (body.role !== 'assistant' || body.stop_reason === 'aborted' || body.stop_reason === 'error') return state;
  const calls = (body.tool_calls ?? []).map((call) => ({ call, begun: false, ended: false }));
  return { ...state, calls, due: false };
}

function withCall(state: AgentState, id: string, change: Partial<CallState>): AgentState {
  const at = state.calls?.findIndex(({ call, ended }) => call.id === id && !ended) ?? -1;
  if (state.calls === undefined || at < 0) return state;
  return { ...state, calls: state.calls.map((call, index) => (index === at ? { ...call, ...change } : call)) };
}

function endCall(state: AgentState, body: ToolExecutionEnd): AgentState {
  return {
    ...withCall(state, body.tool_call_id, { ended: true }),
    invalid_now: state.invalid_now || body.refused === 'invalid_arguments',
    terminated: state.terminated || body.terminate === true,
  };
}

/** Calls that nobody ran here (a client runs them in its own time) leave the model with nothing to answer. */
function endTurn(state: AgentState): AgentState {
  const calls = state.calls ?? [];
  const answered = calls.length > 0 && calls.every((call) => call.ended);
  return {
    ...state,
    in_turn: false,
    calls: undefined,
    due: state.due || (answered && !state.terminated),
    rounds: state.rounds + (calls.length > 0 ? 1 : 0),
    invalid_streak: state.invalid_now ? state.invalid_streak + 1 : 0,
    invalid_now: false,
    recent: [...state.recent, ...calls.map(({ call }) => signature(call))].slice(-KEPT_CALLS),
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, entry]) => [key, sorted(entry)]);
}
