import type { Action, NewFact } from '../events/conversation-event.js';
import type { ActOutcome, ActRequest } from './act.js';
import type { MultiAgentContext } from './context.js';
import { openTurn } from './state.js';

/**
 * Asks a person for their action of the turn and waits, as long as it takes up to the deadline. Who does not answer does
 * nothing in this turn, and a warning says so. After a restart the question stands as it was asked.
 */
export async function actHuman(context: MultiAgentContext, request: ActRequest): Promise<ActOutcome> {
  const { participant, state, turn } = request;
  const agent = participant.name;
  const asked = openTurn(state)?.requests.find((entry) => entry.agent === agent);
  const deadline = asked?.deadline ?? context.clock.now() + context.human_turn_ms;
  const emit = (...facts: NewFact[]): void => request.emit(facts.map((fact) => ({ ...fact, agent })));
  if (asked === undefined) {
    emit({ body: { type: 'input_requested', turn, deadline: new Date(deadline).toISOString() } });
  }
  const given = await context.inputs.next(agent, deadline, request.signal);
  if (given === 'aborted') return { kind: 'stopped', result: { outcome: 'cancelled', code: 'cancelled' } };
  if (given === 'timeout') {
    const detail = `${agent} did not act in time and does nothing in turn ${turn}`;
    emit(
      { body: { type: 'warning', code: 'input_timeout', detail } },
      { body: { type: 'action', turn, action_type: 'none', argument: '' } },
    );
  } else {
    emit(...actionFacts(context, given.value, turn));
    given.accepted();
  }
  return { kind: 'acted' };
}

/** A person's words are input: their message starts and ends in one commit. */
function actionFacts(context: MultiAgentContext, action: Action, turn: number): NewFact[] {
  const message_id = context.ids.message();
  const said: NewFact[] =
    action.argument === ''
      ? []
      : [
          { body: { type: 'message_start', message_id, role: 'user' } },
          { body: { type: 'message_end', message_id, role: 'user', text: action.argument, stop_reason: 'stop' } },
        ];
  const acted: NewFact = { body: { type: 'action', turn, ...(said.length === 0 ? {} : { message_id }), ...action } };
  const left: NewFact[] = action.action_type === 'leave' ? [{ body: { type: 'agent_left', turn } }] : [];
  return [...said, acted, ...left];
}
