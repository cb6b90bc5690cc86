import { answerText, type Fact, type MessageEnd, type PhaseStart } from '../events/conversation-event.js';

/** One pass of review and revision. */
export interface PassState {
  readonly suggestions?: string;
  /** Absent: there is none that is whole. */
  readonly revision?: string;
  readonly comments?: string;
  /** Its call is over, whatever came of it. */
  readonly over: boolean;
}

/** Where the improvement of an answer stands: a fold of its run's facts, so that what is finished is not asked again. */
export interface ImprovementState {
  readonly begun: boolean;
  readonly draft?: string;
  /** By pass; the first is that of pass 1. */
  readonly passes: readonly PassState[];
  readonly phase?: Pick<PhaseStart, 'phase' | 'n'>;
  /** The final answer. */
  readonly answer?: string;
}

/** Nothing was written yet. */
export const NOTHING_WRITTEN: ImprovementState = { begun: false, passes: [] };

/** The state after one more fact of the run. */
export function evolveImprovement(state: ImprovementState, { body }: Pick<Fact, 'body'>): ImprovementState {
  switch (body.type) {
    case 'agent_start':
      return { ...state, begun: true };
    case 'message_end':
      return body.role === 'assistant' ? takeMessage(state, body) : state;
    case 'phase_start': {
      const open = { ...state, phase: { phase: body.phase, n: body.n } };
      return body.phase === 'draft' ? open : withPass(open, body.n, { over: false });
    }
    case 'phase_end': {
      const { phase: _closed, ...rest } = state;
      // A revision that follows a review begins in the same commit: else the pass is over with the review.
      return body.phase === 'draft' ? rest : withPass(rest, body.n, { over: true });
    }
    default:
      return state;
  }
}

/** The text that the next pass reviews, and the answer if no better one comes: the last that is whole. */
export function lastGood(state: ImprovementState): string | undefined {
  return state.passes.findLast(({ revision }) => revision !== undefined)?.revision ?? state.draft;
}

function takeMessage(state: ImprovementState, body: MessageEnd): ImprovementState {
  const { step, stop_reason } = body;
  const text = answerText(body);
  if (step === undefined || text.trim() === '') return state;
  const whole = stop_reason === 'stop';
  const next = step.final === true && whole ? { ...state, answer: text } : state;
  switch (step.part) {
    case 'draft':
      // A draft that was cut is still the best there is.
      return whole || stop_reason === 'length' ? { ...next, draft: text } : next;
    case 'suggestions':
    case 'comments':
      return withPass(next, step.n, { [step.part]: text });
    case 'revision':
      return whole ? withPass(next, step.n, { revision: text }) : next;
    case 'answer':
      return next;
  }
}

function withPass(state: ImprovementState, n: number, change: Partial<PassState>): ImprovementState {
  const passes = [...state.passes];
  while (passes.length < n) passes.push({ over: false });
  passes[n - 1] = { over: false, ...passes[n - 1], ...change };
  return { ...state, passes };
}
