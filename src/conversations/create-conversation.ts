import type { OnDisconnect } from '../core/events/conversation-event.js';
import type { ConversationRef, RunId, Tenant } from '../core/kernel/ids.js';
import { ParleyError, type FieldProblem } from '../core/kernel/parley-error.js';
import { thereIs } from '../core/kernel/there-is.js';
import {
  ACTION_ORDERS,
  type ActionOrder,
  type MultiAgentSettings,
  type Participant,
} from '../core/multi-agent/settings.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import { ENVIRONMENT } from '../core/multi-agent/aggregate.js';
import type { Clock } from '../core/ports/clock.js';
import type { IdSource } from '../core/ports/id-source.js';
import type { Models } from '../core/ports/models.js';
import type { Idempotency, IdempotencyClaim } from './idempotency.js';
import type { RunSupervisor } from './run-supervisor.js';

/** An agent as a caller asks for it. */
export interface AgentRequest {
  readonly name: string;
  readonly type?: string | undefined;
  readonly model?: string | undefined;
  readonly goal?: string | undefined;
  readonly background?: string | undefined;
  readonly profile?: Readonly<Record<string, unknown>> | undefined;
  readonly instructions?: string | undefined;
  readonly speaking_id?: number | undefined;
}

/** A conversation as a caller asks for it; shapes are checked, names are not. */
export interface ConversationRequest {
  readonly agents: readonly AgentRequest[];
  readonly scenario?: string | undefined;
  readonly max_turns?: number | undefined;
  readonly model_name?: string | undefined;
  readonly action_order?: string | undefined;
  readonly speaking_order?: readonly number[] | undefined;
  readonly enable_evaluation: boolean;
  readonly evaluators?: readonly string[] | undefined;
  readonly seed?: number | undefined;
  readonly return_log: boolean;
  readonly on_disconnect: OnDisconnect;
}

/** What the configuration says of conversations that say nothing themselves. */
export interface ConversationDefaults {
  readonly max_turns: number;
  /** The number of turns the rule-based evaluator allows; the smaller of both counts. */
  readonly rule_max_turns: number;
  readonly max_stale_turns: number;
  readonly action_order: ActionOrder;
  readonly speaking_order: readonly number[];
  /** Names of the enabled evaluators, in order. */
  readonly evaluators: readonly string[];
  /** The most turns a caller may ask for. */
  readonly turns_limit: number;
}

export interface CreatedConversation extends ConversationRef {
  readonly run_id: RunId;
  readonly settings: MultiAgentSettings;
}

/** The `Idempotency-Key` of a request, and what it was sent with. */
export interface RepeatKey {
  readonly key: string;
  /** SHA-256 of the body, hex. */
  readonly body_hash: string;
}

export interface CreateConversationDeps {
  readonly store: ConversationStore;
  readonly idempotency: Idempotency;
  readonly supervisor: RunSupervisor;
  readonly models: Models;
  readonly defaults: ConversationDefaults;
  readonly clock: Clock;
  readonly ids: IdSource;
}

const AGENT_TYPES = ['llm', 'human'] as const;

/** Starts a conversation of agents with each other. */
export class CreateConversation {
  constructor(private readonly deps: CreateConversationDeps) {}

  /**
   * Resolves when the conversation and the start of its run are durable; the run goes on by itself. With a key that came
   * before, it is the conversation which that request began.
   *
   * @throws ParleyError `invalid_request` naming every field that names something unknown, `idempotency_mismatch`, or
   * what the supervisor says
   */
  async execute(tenant: Tenant, request: ConversationRequest, repeat?: RepeatKey): Promise<CreatedConversation> {
    const settings = this.#settings(request);
    const begin = (claim?: IdempotencyClaim): Promise<CreatedConversation> =>
      this.#begin(tenant, settings, request.on_disconnect, claim);
    if (repeat === undefined) return begin();
    let fresh: CreatedConversation | undefined;
    const begun = await this.deps.idempotency.once(
      { tenant, route: 'POST /conversations', ...repeat },
      async (claim) => {
        fresh = await begin(claim);
        return fresh;
      },
    );
    return fresh ?? this.#existing({ tenant, conversation_id: begun.conversation_id }, begun.run_id);
  }

  async #begin(
    tenant: Tenant,
    settings: MultiAgentSettings,
    on_disconnect: OnDisconnect,
    claim: IdempotencyClaim | undefined,
  ): Promise<CreatedConversation> {
    const { ids, clock, supervisor } = this.deps;
    const ref: ConversationRef = { tenant, conversation_id: ids.conversation() };
    const stored = settings as unknown as Readonly<Record<string, unknown>>;
    const run_id = await supervisor.begin({
      ref,
      kind: 'multi_agent',
      on_disconnect,
      settings: stored,
      create: { kind: 'multi_agent', created_at: clock.now(), settings: stored },
      ...(claim === undefined ? {} : { idempotency: claim }),
    });
    return { ...ref, run_id, settings };
  }

  async #existing(ref: ConversationRef, run_id: RunId): Promise<CreatedConversation> {
    const record = await this.deps.store.catalogue.get(ref);
    if (record === undefined)
      throw new ParleyError('not_found', 'the conversation that this key began is no longer there');
    return { ...ref, run_id, settings: record.settings as unknown as MultiAgentSettings };
  }

  #settings(request: ConversationRequest): MultiAgentSettings {
    const { defaults, models, ids } = this.deps;
    const problems = this.#problems(request);
    if (problems.length > 0) {
      throw new ParleyError('invalid_request', problems.map((problem) => problem.message).join('; '), { problems });
    }
    const default_model = request.model_name ?? models.default_model;
    return {
      kind: 'multi_agent',
      participants: request.agents.map((agent) => toParticipant(agent, default_model)),
      scenario: request.scenario ?? defaultScenario(request.agents.length),
      // 0 has always meant "the configured number".
      max_turns: Math.min(request.max_turns || defaults.max_turns, defaults.rule_max_turns),
      max_stale_turns: defaults.max_stale_turns,
      action_order: (request.action_order as ActionOrder | undefined) ?? defaults.action_order,
      speaking_order: request.speaking_order ?? defaults.speaking_order,
      seed: request.seed ?? ids.seed(),
      enable_evaluation: request.enable_evaluation,
      evaluators: request.evaluators ?? defaults.evaluators,
      return_log: request.return_log,
      default_model,
    };
  }

  #problems(request: ConversationRequest): FieldProblem[] {
    const { models, defaults } = this.deps;
    const problems: FieldProblem[] = [];
    const known = (pointer: string, what: string, name: string | undefined, names: readonly string[]): void => {
      if (name === undefined || names.includes(name)) return;
      problems.push({ pointer, message: `${what} "${name}" is not known; ${thereIs(names)}` });
    };
    known('/model_name', 'model', request.model_name, models.names());
    known('/action_order', 'action order', request.action_order, ACTION_ORDERS);
    for (const [index, name] of (request.evaluators ?? []).entries()) {
      known(`/evaluators/${index}`, 'evaluator', name, defaults.evaluators);
    }
    const seen = new Set<string>();
    for (const [index, agent] of request.agents.entries()) {
      known(`/agent_configs/${index}/model`, 'model', agent.model, models.names());
      known(`/agent_configs/${index}/type`, 'agent type', agent.type, AGENT_TYPES);
      if (agent.name.toLowerCase() === ENVIRONMENT) {
        problems.push({
          pointer: `/agent_configs/${index}/name`,
          message: `the name "${agent.name}" stands for the conversation as a whole`,
        });
      }
      if (seen.has(agent.name)) {
        problems.push({
          pointer: `/agent_configs/${index}/name`,
          message: `the name "${agent.name}" is taken by another agent`,
        });
      }
      seen.add(agent.name);
    }
    if ((request.max_turns ?? 0) > defaults.turns_limit) {
      problems.push({ pointer: '/max_turns', message: `max_turns may be ${defaults.turns_limit} at most` });
    }
    return problems;
  }
}

function toParticipant(agent: AgentRequest, default_model: string): Participant {
  const { goal, background, profile, instructions, speaking_id } = agent;
  return {
    name: agent.name,
    ...(agent.type === 'human' ? { type: 'human' } : { type: 'llm', model: agent.model ?? default_model }),
    ...(goal === undefined || goal.trim() === '' ? {} : { goal }),
    ...(background === undefined ? {} : { background }),
    ...(profile === undefined ? {} : { profile }),
    ...(instructions === undefined ? {} : { instructions }),
    ...(speaking_id === undefined ? {} : { speaking_id }),
  };
}

function defaultScenario(agents: number): string {
  return agents === 1
    ? 'A person alone with their thoughts'
    : `A conversation between ${agents === 2 ? 'two' : agents} agents`;
}
