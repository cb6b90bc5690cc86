import type { ConversationStatus } from '../events/fold.js';

/**
 * Where a conversation may go from where it is. Data, so that a test can prove that every status is reachable and that
 * each accepted run can reach an end. A conversation that ended may start another run.
 */
export const TRANSITIONS: Readonly<Record<ConversationStatus, readonly ConversationStatus[]>> = {
  queued: ['running'],
  running: ['waiting', 'completed', 'failed', 'cancelled'],
  waiting: ['running', 'completed', 'failed', 'cancelled'],
  completed: ['running'],
  failed: ['running'],
  cancelled: ['running'],
};

export const INITIAL_STATUS: ConversationStatus = 'queued';

/** Statuses in which no run is under way. */
export const SETTLED: ReadonlySet<ConversationStatus> = new Set<ConversationStatus>([
  'queued',
  'completed',
  'failed',
  'cancelled',
]);

/** What may be asked of a conversation. */
export type ConversationCommand = 'begin_run' | 'cancel' | 'give_input';

/** Whether a command is accepted in a status, or the sentence that refuses it. */
export type Decision = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const ACCEPTED: Decision = { ok: true };

const REFUSALS: Readonly<Record<ConversationCommand, (status: ConversationStatus) => string | undefined>> = {
  begin_run: (status) => (SETTLED.has(status) ? undefined : `a run of this conversation is under way (${status})`),
  cancel: (status) => (SETTLED.has(status) ? `nothing is under way: the conversation is ${status}` : undefined),
  give_input: (status) =>
    status === 'waiting' ? undefined : `nobody is asked for input: the conversation is ${status}`,
};

/** Decides on a command from the status alone. */
export function decide(status: ConversationStatus, command: ConversationCommand): Decision {
  const reason = REFUSALS[command](status);
  return reason === undefined ? ACCEPTED : { ok: false, reason };
}

/** Every status that can be reached from one, itself included. */
export function reachableFrom(start: ConversationStatus): ReadonlySet<ConversationStatus> {
  const reached = new Set<ConversationStatus>([start]);
  for (const status of reached) for (const next of TRANSITIONS[status]) reached.add(next);
  return reached;
}
