import type { MessageId } from '../kernel/ids.js';
import type { BlockRuns, NewFact } from './conversation-event.js';
import type { ConversationFold, OpenMessage } from './fold.js';

/** Text that was shown of a message that is still open. */
export interface OpenText {
  readonly text: string;
  readonly blocks?: BlockRuns;
}

/**
 * How open messages are closed: with the text so far (`aborted`, `error`), or dropped because the text was lost with
 * the process (`interrupted`).
 */
export type CloseManner = 'aborted' | 'error' | 'interrupted';

/** The facts that close open messages. */
export function closeMessages(
  fold: ConversationFold,
  manner: CloseManner,
  textOf: (id: MessageId) => OpenText,
): NewFact[] {
  return fold.open.messages.map((message) => closeMessage(message, manner, textOf));
}

/** The facts that close all that is open inside a run, inside out; its `run_end` comes after them. */
export function closeOpen(fold: ConversationFold, manner: CloseManner, textOf: (id: MessageId) => OpenText): NewFact[] {
  const { tools, phases, evaluation, turn, turn_agent, agents } = fold.open;
  const facts = closeMessages(fold, manner, textOf);
  for (const tool of tools) {
    const { agent, tool_call_id, tool_name, client } = tool;
    const result = 'The run ended before this call did.';
    facts.push({
      body:
        client === true
          ? { type: 'tool_result_received', tool_call_id, tool_name, is_error: true, result }
          : { type: 'tool_execution_end', tool_call_id, tool_name, status: 'unknown', result },
      ...by(agent),
    });
  }
  for (const { agent, ...phase } of phases.toReversed()) {
    facts.push({ body: { type: 'phase_end', ...phase }, ...by(agent) });
  }
  if (evaluation !== undefined) facts.push({ body: { type: 'evaluation_end', ...evaluation } });
  if (turn !== undefined) facts.push({ body: { type: 'turn_end', turn, interrupted: true }, ...by(turn_agent) });
  for (const agent of agents.toReversed()) {
    facts.push({ body: { type: 'agent_end' }, ...by(agent) });
  }
  return facts;
}

function by(agent: string | undefined): Pick<NewFact, 'agent'> {
  return agent === undefined ? {} : { agent };
}

function closeMessage(message: OpenMessage, manner: CloseManner, textOf: (id: MessageId) => OpenText): NewFact {
  const { message_id, role, agent, step } = message;
  const part = step === undefined ? {} : { step };
  if (manner === 'interrupted') {
    return { body: { type: 'message_discarded', message_id, reason: 'interrupted' }, ...by(agent) };
  }
  return {
    body: { type: 'message_end', message_id, role, ...textOf(message_id), ...part, stop_reason: manner },
    ...by(agent),
  };
}
