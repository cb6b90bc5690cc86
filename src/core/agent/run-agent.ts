import { CANCELLED, type RunResult } from '../conversation/run-result.js';
import type { NewFact } from '../events/conversation-event.js';
import { assertNever } from '../kernel/assert-never.js';
import { askModel } from './ask-model.js';
import type { AgentContext, QueuedMessage } from './context.js';
import { nextStep } from './next-step.js';
import { runsHere, runTools } from './run-tools.js';
import { evolveAgent, type AgentState } from './state.js';
import { invalidAgain, tooManyRounds } from './stop-conditions.js';

const ANSWERED: RunResult = { outcome: 'completed', code: 'answered' };

/**
 * Drives an agent's run to its end: asks the model, runs the tools it asks for, and again, until it has answered. Asks the
 * state for the next step, takes it, and folds what happened back into the state. Given the state folded from a log it goes
 * on from there: answers are not asked for again, and tools are not run again unless they are idempotent.
 *
 * @param start `initialAgentState`, with the run's facts so far folded in
 * @returns how it ended; what an abort or a failure left open is the caller's to close
 */
export async function runAgent(context: AgentContext, start: AgentState): Promise<RunResult> {
  let state = start;
  const emit = (facts: readonly NewFact[]): void => {
    if (facts.length === 0) return;
    context.log.append(facts);
    for (const fact of facts) state = evolveAgent(state, fact);
  };
  const { agent } = context;
  const stops = [tooManyRounds(context.max_tool_rounds), invalidAgain];
  const runs = runsHere(context);
  for (;;) {
    if (context.signal.aborted) return CANCELLED;
    const step = nextStep(state, stops, runs);
    switch (step.kind) {
      case 'begin':
        emit([{ body: { type: 'agent_start' }, agent }]);
        emit(messageFacts(context, context.queue?.takeSteering() ?? []));
        break;
      case 'start_turn':
        if (context.stopRequested()) return CANCELLED;
        emit([{ body: { type: 'turn_start', turn: step.turn }, agent }]);
        break;
      case 'ask': {
        const result = await askModel(context, state, emit);
        if (result !== undefined) return result;
        break;
      }
      case 'run_tools':
        await runTools(context, state, emit);
        break;
      case 'end_turn': {
        const ended = state;
        emit([{ body: { type: 'turn_end', turn: step.turn }, agent }]);
        if ((await context.hooks?.shouldStopAfterTurn?.(ended)) === true) return settle(context, emit);
        emit(messageFacts(context, context.queue?.takeSteering() ?? []));
        break;
      }
      case 'settle': {
        const more = messageFacts(context, context.queue?.takeFollowUps() ?? []);
        if (more.length === 0) return settle(context, emit);
        emit(more);
        break;
      }
      case 'stop':
        return step.result;
      default:
        return assertNever(step, 'step');
    }
  }
}

function settle({ agent }: AgentContext, emit: (facts: readonly NewFact[]) => void): RunResult {
  emit([{ body: { type: 'agent_end' }, agent }]);
  return ANSWERED;
}

/** What people said meanwhile: input starts and ends in one commit. */
function messageFacts(context: AgentContext, messages: readonly QueuedMessage[]): NewFact[] {
  return messages.flatMap(({ text, parts }) => inputFacts(context.ids.message(), text, parts));
}

/** The facts of a person's message. */
export function inputFacts(
  message_id: ReturnType<AgentContext['ids']['message']>,
  text: string,
  parts?: QueuedMessage['parts'],
): NewFact[] {
  const more = parts === undefined ? {} : { parts };
  return [
    { body: { type: 'message_start', message_id, role: 'user' } },
    { body: { type: 'message_end', message_id, role: 'user', text, ...more, stop_reason: 'stop' } },
  ];
}
