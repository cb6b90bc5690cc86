import { SETTLED } from '../core/conversation/state-machine.js';
import type { Action } from '../core/events/conversation-event.js';
import type { ConversationRef } from '../core/kernel/ids.js';
import { ParleyError, type FieldProblem } from '../core/kernel/parley-error.js';
import { thereIs } from '../core/kernel/there-is.js';
import { ACTION_TYPES, type MultiAgentSettings } from '../core/multi-agent/settings.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import type { RunSupervisor } from './run-supervisor.js';

/** A person's action, or plain words, which are the same as to speak them. */
export interface InputRequest {
  /** May be left out where one person only takes part. */
  readonly agent?: string | undefined;
  readonly action_type?: string | undefined;
  readonly argument?: string | undefined;
  readonly to?: readonly string[] | undefined;
  readonly message?: string | undefined;
}

export interface GivenAction extends Action {
  readonly agent: string;
}

/** Takes the action of a person who was asked for one. */
export class GiveInput {
  constructor(
    private readonly store: ConversationStore,
    private readonly supervisor: RunSupervisor,
  ) {}

  /**
   * Resolves once the action is durable.
   *
   * @throws ParleyError `not_found`, `invalid_request` naming the field, `conflict` if that person is not asked now
   */
  async execute(ref: ConversationRef, request: InputRequest): Promise<GivenAction> {
    const record = await this.store.catalogue.get(ref);
    if (record === undefined) throw new ParleyError('not_found', 'there is no such conversation');
    if (record.kind !== 'multi_agent')
      throw new ParleyError(
        'invalid_request',
        'this conversation is a chat with one agent, not one of agents with each other',
      );
    if (SETTLED.has(record.status) && !this.supervisor.isBusy(ref))
      throw new ParleyError('conflict', `nobody is asked to act: the conversation is over (${record.status})`);
    const settings = record.settings as unknown as MultiAgentSettings;
    const { agent, action } = checked(settings, request);
    await this.supervisor.give(ref, agent, action);
    return { agent, ...action };
  }
}

function checked(
  settings: MultiAgentSettings,
  request: InputRequest,
): { readonly agent: string; readonly action: Action } {
  const problems: FieldProblem[] = [];
  const people = settings.participants.filter((p) => p.type === 'human').map((p) => p.name);
  const agent = request.agent ?? (people.length === 1 ? people[0] : undefined);
  const there = `people in this conversation: ${people.join(', ') || 'none'}`;
  if (agent === undefined) problems.push({ pointer: '/agent', message: `must say who acts; ${there}` });
  else if (!people.includes(agent))
    problems.push({ pointer: '/agent', message: `"${agent}" is not a person who can act here; ${there}` });

  const wanted = request.action_type ?? 'speak';
  const action_type = ACTION_TYPES.find((type) => type === wanted);
  if (action_type === undefined)
    problems.push({ pointer: '/action_type', message: `must be one of ${ACTION_TYPES.join(', ')}` });
  if (request.message !== undefined && request.argument !== undefined) {
    problems.push({ pointer: '/message', message: 'give either "message" or "argument"' });
  }
  const argument = request.argument ?? request.message ?? '';
  if (argument.trim() === '' && action_type !== 'none' && action_type !== 'leave') {
    problems.push({ pointer: '/argument', message: `must say what "${wanted}" is about` });
  }
  const others = settings.participants.map((p) => p.name).filter((name) => name !== agent);
  for (const [index, name] of (request.to ?? []).entries()) {
    if (!others.includes(name))
      problems.push({
        pointer: `/to/${index}`,
        message: `"${name}" is not another agent here; ${thereIs(others)}`,
      });
  }
  if (agent === undefined || action_type === undefined || problems.length > 0) {
    throw new ParleyError(
      'invalid_request',
      problems.map(({ pointer, message }) => `${pointer}: ${message}`).join('; '),
      { problems },
    );
  }
  const to = request.to === undefined || request.to.length === 0 ? {} : { to: request.to };
  return { agent, action: { action_type, argument, ...to } };
}
