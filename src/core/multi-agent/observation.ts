import { assertNever } from '../kernel/assert-never.js';
import type { MultiAgentState, TakenAction, Turn } from './state.js';

/** Whether an agent may see what another did: everybody where nobody is named, else the named ones and its doer. */
export function isVisibleTo(action: TakenAction, agent: string): boolean {
  return action.to === undefined || action.to.length === 0 || action.agent === agent || action.to.includes(agent);
}

/** One action as a sentence of a transcript; nothing for `none`. */
export function describeAction(action: TakenAction): string | undefined {
  const aside = action.to === undefined || action.to.length === 0 ? '' : ` (to ${action.to.join(', ')} only)`;
  switch (action.action_type) {
    case 'none':
      return undefined;
    case 'speak':
      return `${action.agent} said${aside}: "${action.argument}"`;
    case 'non-verbal communication':
    case 'action':
      return `${action.agent}${aside} [${action.action_type}] ${action.argument}`;
    case 'leave':
      return `${action.agent} left the conversation`;
    default:
      return assertNever(action.action_type, 'action type');
  }
}

/** What an agent has observed: a line per visible action, under its turn. Those of a turn stand in the order of the settings. */
export function observedHistory(state: MultiAgentState, agent: string): string {
  const blocks = state.turns.flatMap((turn) => {
    const lines = inSeatOrder(state, turn)
      .filter((action) => isVisibleTo(action, agent))
      .map(describeAction)
      .filter((line) => line !== undefined);
    return lines.length === 0 ? [] : [`Turn ${turn.number}\n${lines.join('\n')}`];
  });
  return blocks.join('\n');
}

/** Simultaneous actions arrive in any order; readers get them in a stable one. */
export function inSeatOrder(state: MultiAgentState, turn: Turn): readonly TakenAction[] {
  const seats = state.settings.participants.map((p) => p.name);
  if (state.settings.action_order !== 'simultaneous') return turn.actions;
  return turn.actions.toSorted((a, b) => seats.indexOf(a.agent) - seats.indexOf(b.agent));
}
