import type { RunResult } from '../conversation/run-result.js';
import type { AgentState } from './state.js';

/** Says how a run ends that must not go on; undefined: it may. */
export type StopCondition = (state: AgentState) => RunResult | undefined;

/** Answers in a row with arguments that do not validate: the second one ends the run. */
const INVALID_ANSWERS = 2;

/** One more answer with tool calls than allowed: its calls are not run. */
export function tooManyRounds(most: number): StopCondition {
  return ({ rounds, calls }) => {
    if (rounds < most || calls === undefined || calls.length === 0) return undefined;
    return { outcome: 'failed', code: 'tool_rounds', detail: `the model asked for tools more than ${most} times` };
  };
}

/** The model was told what is wrong with its arguments, and went on alike. */
export const invalidAgain: StopCondition = ({ invalid_streak }) => {
  if (invalid_streak < INVALID_ANSWERS) return undefined;
  const detail = `the model gave arguments that do not fit its tools ${INVALID_ANSWERS} times in a row`;
  return { outcome: 'failed', code: 'upstream', upstream: 'upstream_invalid', detail };
};
