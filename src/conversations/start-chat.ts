import { AGENT_DEFAULTS, type AgentSpec } from '../core/agent/agent-spec.js';
import type { QueuedMessage } from '../core/agent/context.js';
import { inputFacts } from '../core/agent/run-agent.js';
import type { ChatRunSettings, ChatSettings } from '../core/agent/settings.js';
import type { OnDisconnect } from '../core/events/conversation-event.js';
import type { ConversationId, ConversationRef, RunId, Tenant } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import { unlessAborted } from '../core/kernel/unless-aborted.js';
import type { Clock } from '../core/ports/clock.js';
import type { ConversationStore, NewConversation } from '../core/ports/conversation-store.js';
import type { IdSource } from '../core/ports/id-source.js';
import type { Models } from '../core/ports/models.js';
import type { AgentRegistry } from '../agents/agent-registry.js';
import { checkChat } from './check-chat.js';
import type { RepeatKey } from './create-conversation.js';
import type { CurrentChats } from './current-chats.js';
import type { Idempotency, IdempotencyClaim } from './idempotency.js';
import { requireConversation } from './require-conversation.js';
import type { RunSupervisor } from './run-supervisor.js';
import { TenantCount } from './tenant-count.js';
import { WaitingLines } from './waiting-lines.js';
import type { StreamEnd, WatchEvents, WatchHandle } from './watch-events.js';

/** What somebody says to an agent, and how it is to be answered. Shapes are checked, names are not. */
export interface ChatRequest extends Partial<
  Pick<
    ChatRunSettings,
    | 'instructions'
    | 'history'
    | 'client_tools'
    | 'client_tool_mode'
    | 'tool_choice'
    | 'sampling'
    | 'improvement'
    | 'allow_empty'
    | 'parallel_tools'
  >
> {
  readonly kind: ChatSettings['kind'];
  /** Absent: `history` ends in what is to be answered. */
  readonly message?: QueuedMessage;
  /** Absent: the conversation's own, else `default`. */
  readonly agent_key?: string;
  /** No agent: the model alone, without instructions and tools. */
  readonly bare?: boolean;
  /** A configured model, or a name for the environment's provider. Absent: the agent's. */
  readonly model?: string;
  /** Goes on in this conversation. Absent: in the caller's current one with this agent. */
  readonly conversation_id?: ConversationId;
  /** Starts another conversation, which then is the current one. */
  readonly reset_history?: boolean;
  /** Starts a conversation that is nobody's current one. */
  readonly apart?: boolean;
  /** Whom the caller speaks for: each has a current conversation of their own. */
  readonly user?: string;
  readonly on_disconnect: OnDisconnect;
  /** What to do while a run of an explicit conversation is under way. Default: reject. */
  readonly on_busy?: 'reject' | 'queue';
}

export interface ChatOptions {
  /** Names the door for idempotency keys: the same key on another one is another key. */
  readonly route: string;
  readonly repeat?: RepeatKey | undefined;
  /** Whoever watches the run from its start. */
  readonly attach?: StreamEnd;
  /** Where a repeated request goes on: what its sender has. */
  readonly cursor?: string | undefined;
  /** Ends the wait for a busy conversation. */
  readonly signal?: AbortSignal;
}

export interface StartedChat extends ConversationRef {
  readonly run_id: RunId;
  /** An earlier request with the same key began it. */
  readonly repeated: boolean;
  /** Of the one who attached. */
  readonly watch?: WatchHandle;
}

export interface StartChatDeps {
  readonly store: ConversationStore;
  readonly agents: AgentRegistry;
  readonly models: Models;
  readonly supervisor: RunSupervisor;
  readonly watch: WatchEvents;
  readonly idempotency: Idempotency;
  readonly currents: CurrentChats;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Chats of one tenant that wait for a busy conversation at once; absent: any number. */
  readonly waiting_per_tenant?: number;
}

/** Where a chat goes on. */
interface Place {
  readonly ref: ConversationRef;
  readonly settings: ChatSettings;
  readonly create?: NewConversation;
  /** Whose current conversation it becomes. */
  readonly owner?: string;
}

interface Accepted {
  readonly conversation_id: ConversationId;
  readonly run_id: RunId;
  readonly watch?: WatchHandle;
}

/** How often it is looked whether the end of a run was written that nobody drives, ms. */
const UNDRIVEN_MS = 250;

const NEVER = new AbortController().signal;

const NOBODY: AgentSpec = { ...AGENT_DEFAULTS, key: 'model', name: 'Model', tools: [] };

/** Begins a run in which an agent answers: in a conversation that is there, in the caller's current one, or in a new one. */
export class StartChat {
  readonly #lines = new WaitingLines();
  readonly #waiting = new TenantCount();

  constructor(private readonly deps: StartChatDeps) {}

  /**
   * Resolves when the input and the start of the run are durable; the run goes on by itself. With an idempotency key that
   * came before, it is the run which that request began, attached to all the same.
   *
   * @throws ParleyError `not_found` (conversation, agent), `invalid_request` naming the field, `conflict` (an explicit
   * conversation is busy), `idempotency_mismatch`, or what the supervisor says
   */
  async execute(tenant: Tenant, request: ChatRequest, options: ChatOptions): Promise<StartedChat> {
    if (options.attach !== undefined) this.deps.watch.admit({ tenant });
    const { repeat, route } = options;
    if (repeat === undefined) {
      const begun = await this.#begin(tenant, request, options);
      return { tenant, repeated: false, ...begun };
    }
    let fresh: Accepted | undefined;
    const begun = await this.deps.idempotency.once({ tenant, route, ...repeat }, async (claim) => {
      fresh = await this.#begin(tenant, request, options, claim);
      return fresh;
    });
    return fresh === undefined
      ? this.#join({ tenant, conversation_id: begun.conversation_id }, begun.run_id, options)
      : { tenant, repeated: false, ...fresh };
  }

  /** Attaches to the run of an earlier request: from its start, or from where its sender was. */
  async #join(ref: ConversationRef, run_id: RunId, { attach, cursor }: ChatOptions): Promise<StartedChat> {
    if (attach === undefined) return { ...ref, run_id, repeated: true };
    const watchable = await this.deps.watch.open({ ref, run_id, cursor });
    return { ...ref, run_id, repeated: true, watch: watchable.watch(attach.encoder, attach.sink) };
  }

  async #begin(
    tenant: Tenant,
    request: ChatRequest,
    options: ChatOptions,
    claim?: IdempotencyClaim,
  ): Promise<Accepted> {
    const place = await this.#place(tenant, request);
    const settings = await this.#runSettings(tenant, request, place.settings);
    const accept = async (): Promise<Accepted> =>
      this.#accept(request, place, settings, { ...options, ...(claim === undefined ? {} : { claim }) });
    const { conversation_id } = request;
    if (conversation_id !== undefined && request.on_busy === 'queue') {
      return this.#inLine(tenant, async () =>
        this.#lines.join(conversation_id, async () => this.#whenIdle(place.ref, accept, options.signal)),
      );
    }
    try {
      const accepted = await accept();
      if (place.owner !== undefined) this.deps.currents.set(tenant, place.owner, accepted.conversation_id);
      return accepted;
    } catch (error) {
      if (!isConflict(error) || place.create !== undefined || conversation_id !== undefined) throw error;
      // Somebody was faster: the caller's current conversation is left to them.
      return this.#begin(tenant, { ...request, reset_history: true }, options, claim);
    }
  }

  /** What waits keeps all that it is to say: there is a bound for each tenant. */
  async #inLine(tenant: Tenant, wait: () => Promise<Accepted>): Promise<Accepted> {
    const { waiting_per_tenant: most = Infinity } = this.deps;
    if (this.#waiting.of(tenant) >= most) {
      const detail = `${most} chats of this key wait for busy conversations: wait until one has begun`;
      throw new ParleyError('too_many_runs', detail, { retryAfter: 5 });
    }
    this.#waiting.add(tenant);
    try {
      return await wait();
    } finally {
      this.#waiting.remove(tenant);
    }
  }

  /** Accepts once nothing of the conversation runs: again, if somebody who does not wait in line was faster. */
  async #whenIdle(ref: ConversationRef, accept: () => Promise<Accepted>, signal?: AbortSignal): Promise<Accepted> {
    const { supervisor, clock } = this.deps;
    for (;;) {
      await unlessAborted(supervisor.settled(ref), signal ?? NEVER, leftEarly);
      try {
        return await accept();
      } catch (error) {
        if (!isConflict(error)) throw error;
        // A run that nobody drives at the moment: its end is still to be written.
        if (!supervisor.isBusy(ref)) await new Promise<void>((resolve) => clock.after(UNDRIVEN_MS, resolve));
      }
    }
  }

  async #accept(
    request: ChatRequest,
    { ref, settings, create }: Place,
    run_settings: ChatRunSettings,
    { attach, claim }: ChatOptions & { readonly claim?: IdempotencyClaim },
  ): Promise<Accepted> {
    const { supervisor, ids, watch } = this.deps;
    const { message } = request;
    let handle: WatchHandle | undefined;
    try {
      const run_id = await supervisor.begin({
        ref,
        kind: settings.kind,
        on_disconnect: request.on_disconnect,
        settings: settings as unknown as Readonly<Record<string, unknown>>,
        run_settings: run_settings as unknown as Readonly<Record<string, unknown>>,
        ...(message === undefined ? {} : { input: inputFacts(ids.message(), message.text, message.parts) }),
        ...(create === undefined ? {} : { create }),
        ...(claim === undefined ? {} : { idempotency: claim }),
        ...(attach === undefined
          ? {}
          : {
              onAccepted: (channel, run) => {
                handle = watch.attach(channel, run, attach);
              },
            }),
      });
      return { conversation_id: ref.conversation_id, run_id, ...(handle === undefined ? {} : { watch: handle }) };
    } catch (error) {
      handle?.close();
      throw error;
    }
  }

  async #place(tenant: Tenant, request: ChatRequest): Promise<Place> {
    const { store, currents } = this.deps;
    if (request.conversation_id !== undefined) return this.#explicit(tenant, request, request.conversation_id);
    const settings: ChatSettings = { kind: request.kind, agent: agentKey(request) };
    if (request.apart === true || request.history !== undefined) return this.#fresh(tenant, settings);
    const owner = ownerOf({ settings }, request);
    const current = request.reset_history === true ? undefined : await currents.find(store.catalogue, tenant, owner);
    const ref = current === undefined ? undefined : { tenant, conversation_id: current };
    if (ref !== undefined && !this.deps.supervisor.isBusy(ref)) return { ref, settings };
    return this.#fresh(tenant, settings, owner);
  }

  async #explicit(tenant: Tenant, request: ChatRequest, conversation_id: ConversationId): Promise<Place> {
    const ref = { tenant, conversation_id };
    const record = await requireConversation(this.deps.store, ref);
    if (record.kind !== request.kind) {
      throw new ParleyError('conflict', `this conversation is of the kind "${record.kind}", not "${request.kind}"`);
    }
    return { ref, settings: record.settings as unknown as ChatSettings };
  }

  #fresh(tenant: Tenant, settings: ChatSettings, owner?: string): Place {
    const { ids, clock } = this.deps;
    const stored = settings as unknown as Readonly<Record<string, unknown>>;
    const create = { kind: settings.kind, created_at: clock.now(), settings: stored };
    return {
      ref: { tenant, conversation_id: ids.conversation() },
      settings,
      ...(owner === undefined ? { create } : { create: { ...create, owner }, owner }),
    };
  }

  async #runSettings(tenant: Tenant, request: ChatRequest, settings: ChatSettings): Promise<ChatRunSettings> {
    const { agents, models } = this.deps;
    const key = request.agent_key ?? settings.agent;
    const found = request.bare === true ? NOBODY : await agents.find(tenant, key);
    // What was begun with a model alone goes on so.
    const agent = found ?? (request.agent_key === undefined && key === NOBODY.key ? NOBODY : undefined);
    if (agent === undefined) throw await agents.unknown(tenant, key);
    return checkChat({ request, agent, models, client_tools: settings.client_tools });
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof ParleyError && error.code === 'conflict';
}

function leftEarly(): ParleyError {
  return new ParleyError('aborted', 'the client left before its turn', { level: 'debug' });
}

function agentKey({ bare, agent_key }: ChatRequest): string {
  return bare === true ? NOBODY.key : (agent_key ?? 'default');
}

/** Whose current conversation it is, inside the tenant. */
function ownerOf({ settings }: Pick<Place, 'settings'>, { user }: ChatRequest): string {
  return JSON.stringify([settings.agent, user ?? null]);
}
