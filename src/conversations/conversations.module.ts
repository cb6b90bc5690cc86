import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import { jsonrepair } from 'jsonrepair';
import { isUnlimited } from '../config/open-door.js';
import { ParleyConfig } from '../config/parley-config.js';
import { boundRepair } from '../core/kernel/bound-repair.js';
import type { Clock } from '../core/ports/clock.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import type { Evaluator } from '../core/ports/evaluator.js';
import type { IdSource } from '../core/ports/id-source.js';
import type { Models } from '../core/ports/models.js';
import { EvaluatorsModule } from '../evaluators/evaluators.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { StoresModule } from '../stores/stores.module.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { measureRuns, type FactObserver } from '../telemetry/run-metrics.js';
import { AgentRegistry } from '../agents/agent-registry.js';
import { AgentsModule } from '../agents/agents.module.js';
import type { CheckArguments, Tools } from '../core/ports/tool.js';
import { AwaitEnd } from './await-end.js';
import { ChatHistories } from './chat-histories.js';
import { ChatLoop, type ChatLoopDeps } from './chat-loop.js';
import { CurrentChats } from './current-chats.js';
import { SendMessage } from './send-message.js';
import { StartChat } from './start-chat.js';
import { CancelRun } from './cancel-run.js';
import { GetConversation } from './conversation-view.js';
import { CreateConversation, type ConversationDefaults } from './create-conversation.js';
import { DeleteConversation } from './delete-conversation.js';
import { GiveInput } from './give-input.js';
import { Idempotency } from './idempotency.js';
import { logContents } from './log-contents.js';
import { ListMessages } from './list-messages.js';
import { ListConversations } from './list-conversations.js';
import { MultiAgentLoop } from './multi-agent-loop.js';
import { ReadEvents } from './read-events.js';
import { Retention } from './retention.js';
import { DRAIN_GRACE_MS, RunSupervisor, type RunSupervisorDeps } from './run-supervisor.js';
import { CHECK_ARGUMENTS, CLOCK, EVALUATORS, IDS, MODELS, STORE, TOOLS } from '../core/ports/tokens.js';
import { WatchEvents } from './watch-events.js';

const loop: Provider = {
  provide: MultiAgentLoop,
  inject: [MODELS, EVALUATORS, IDS, CLOCK, ParleyConfig],
  useFactory: (
    models: Models,
    evaluators: ReadonlyMap<string, Evaluator>,
    ids: IdSource,
    clock: Clock,
    config: ParleyConfig,
  ) =>
    new MultiAgentLoop({
      clock,
      human_turn_ms: config.limits.human_turn_seconds * 1000,
      models,
      evaluators,
      ids,
      repairJson: boundRepair(jsonrepair),
      time_limit_ms: config.limits.multi_agent_run_seconds * 1000,
    }),
};

/** Who looks at runs from outside: the log and the measurements. */
type RunHooks = Pick<RunSupervisorDeps, 'onDurable' | 'onError' | 'onEnded'>;
const RUN_HOOKS = Symbol('RunHooks');

const runHooks: Provider = {
  provide: RUN_HOOKS,
  inject: [LOGGER, Metrics, ParleyConfig, TOOLS],
  useFactory: (logger: Logger, metrics: Metrics, { logging }: ParleyConfig, tools: Tools): RunHooks => ({
    onDurable: observers(
      measureRuns(metrics, (name) => tools.get(name) !== undefined),
      ...(logging.contents ? [logContents((about, message) => logger.info(about, message))] : []),
    ),
    onError: (error, ref) => logger.error({ err: error, ...ref }, 'run failed inside the server'),
    onEnded: ({ outcome, code, detail }, ref) => {
      const level = outcome === 'failed' ? 'warn' : 'debug';
      logger[level]({ ...ref, code, detail }, `run ${outcome}`);
    },
  }),
};

function observers(...all: readonly FactObserver[]): FactObserver {
  return (facts, run) => {
    for (const observe of all) observe(facts, run);
  };
}

/** Time, ids, and what one key may have at once. */
const RUNTIME = Symbol('Runtime');

interface Runtime {
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Absent: any number. */
  readonly runs_per_tenant?: number;
}

const runtime: Provider = {
  provide: RUNTIME,
  inject: [CLOCK, IDS, ParleyConfig],
  useFactory: (clock: Clock, ids: IdSource, config: ParleyConfig): Runtime => ({
    clock,
    ids,
    ...(isUnlimited(config) ? {} : { runs_per_tenant: config.limits.running_runs_per_key }),
  }),
};

/** What both loops of chats work with. */
const CHAT_LOOP_DEPS = Symbol('ChatLoopDeps');

const chatLoopDeps: Provider = {
  provide: CHAT_LOOP_DEPS,
  inject: [MODELS, TOOLS, CHECK_ARGUMENTS, STORE, RUNTIME, ParleyConfig],
  useFactory: (
    models: Models,
    tools: Tools,
    checkArguments: CheckArguments,
    store: ConversationStore,
    { ids, clock }: Runtime,
    { limits }: ParleyConfig,
  ): ChatLoopDeps => ({
    models,
    tools,
    checkArguments,
    histories: new ChatHistories({ log: store.log, messages: limits.history_messages }),
    ids,
    clock,
    limits: {
      calls_per_message: limits.tool_calls_per_message,
      tool_result_chars: limits.tool_result_bytes,
      client_tool_ms: limits.client_tool_seconds * 1000,
      history_messages: limits.history_messages,
    },
    most: {
      parallel_tools: limits.tools_at_once,
      tool_call_ms: limits.tool_seconds * 1000,
      tool_rounds: limits.tool_rounds,
    },
    time_limit_ms: limits.run_seconds * 1000,
  }),
};

const supervisor: Provider = {
  provide: RunSupervisor,
  inject: [STORE, RUNTIME, MultiAgentLoop, CHAT_LOOP_DEPS, ParleyConfig, RUN_HOOKS],
  useFactory: (
    store: ConversationStore,
    { clock, ids }: Runtime,
    multi_agent: MultiAgentLoop,
    chat: ChatLoopDeps,
    config: ParleyConfig,
    hooks: RunHooks,
  ) =>
    new RunSupervisor({
      ...hooks,
      store,
      clock,
      ids,
      loops: { multi_agent, chat: new ChatLoop('chat', chat), session: new ChatLoop('session', chat) },
      limits: {
        open_text_chars: config.limits.open_text_bytes,
        active_runs: config.limits.active_runs,
        ...(isUnlimited(config) ? {} : { runs_per_tenant: config.limits.running_runs_per_key }),
      },
    }),
};

const DAY_MS = 86_400_000;

const expiry: Provider = {
  provide: Retention,
  inject: [STORE, CLOCK, RunSupervisor, ParleyConfig, LOGGER],
  useFactory: (
    store: ConversationStore,
    clock: Clock,
    runs: RunSupervisor,
    { storage: { retention_days, max_size }, limits }: ParleyConfig,
    logger: Logger,
  ) =>
    new Retention({
      store,
      clock,
      rules: {
        session_ms: limits.session_idle_seconds * 1000,
        ...(retention_days === undefined ? {} : { keep_ms: retention_days * DAY_MS }),
        ...(max_size === undefined ? {} : { max_bytes: max_size }),
      },
      onRemoved: (ref) => runs.dismiss(ref),
      onRound: ({ conversations, idempotency_keys, over_size }) => {
        if (conversations + idempotency_keys > 0) {
          logger.info({ conversations, idempotency_keys }, 'retention removed what is kept no longer');
        }
        if (over_size) logger.warn('the store is larger than storage.max_size, and all that is left is under way');
      },
      onError: (error) => logger.warn({ err: error }, 'retention broke off, and will try again'),
    }),
};

const useCases: Provider[] = [
  {
    provide: CreateConversation,
    inject: [RunSupervisor, MODELS, CLOCK, IDS, ParleyConfig, STORE],
    useFactory: (
      runs: RunSupervisor,
      models: Models,
      clock: Clock,
      ids: IdSource,
      config: ParleyConfig,
      store: ConversationStore,
    ) =>
      new CreateConversation({
        supervisor: runs,
        models,
        clock,
        ids,
        store,
        idempotency: new Idempotency(store, clock),
        defaults: conversationDefaults(config),
      }),
  },
  { provide: ListMessages, inject: [STORE], useFactory: (store: ConversationStore) => new ListMessages(store) },
  {
    provide: GiveInput,
    inject: [STORE, RunSupervisor],
    useFactory: (store: ConversationStore, runs: RunSupervisor) => new GiveInput(store, runs),
  },
  {
    provide: AwaitEnd,
    inject: [RunSupervisor, CLOCK],
    useFactory: (runs: RunSupervisor, clock: Clock) => new AwaitEnd(runs, clock),
  },
  { provide: GetConversation, inject: [STORE], useFactory: (store: ConversationStore) => new GetConversation(store) },
  {
    provide: ListConversations,
    inject: [STORE],
    useFactory: (store: ConversationStore) => new ListConversations(store),
  },
  { provide: ReadEvents, inject: [STORE], useFactory: (store: ConversationStore) => new ReadEvents(store) },
  {
    provide: CancelRun,
    inject: [STORE, RunSupervisor],
    useFactory: (store: ConversationStore, runs: RunSupervisor) => new CancelRun(store, runs),
  },
  {
    provide: DeleteConversation,
    inject: [STORE, RunSupervisor],
    useFactory: (store: ConversationStore, runs: RunSupervisor) => new DeleteConversation(store, runs),
  },
  {
    provide: StartChat,
    inject: [STORE, AgentRegistry, MODELS, RunSupervisor, WatchEvents, RUNTIME],
    useFactory: (
      store: ConversationStore,
      agents: AgentRegistry,
      models: Models,
      runs: RunSupervisor,
      watch: WatchEvents,
      { clock, ids, runs_per_tenant }: Runtime,
    ) =>
      new StartChat({
        store,
        agents,
        models,
        supervisor: runs,
        watch,
        idempotency: new Idempotency(store, clock),
        currents: new CurrentChats(),
        clock,
        ids,
        ...(runs_per_tenant === undefined ? {} : { waiting_per_tenant: runs_per_tenant }),
      }),
  },
  {
    provide: SendMessage,
    inject: [STORE, GiveInput, StartChat],
    useFactory: (store: ConversationStore, give: GiveInput, chats: StartChat) => new SendMessage(store, give, chats),
  },
  {
    provide: WatchEvents,
    inject: [STORE, RunSupervisor, CLOCK, ParleyConfig],
    useFactory: (store: ConversationStore, runs: RunSupervisor, clock: Clock, config: ParleyConfig) =>
      new WatchEvents({
        store,
        supervisor: runs,
        clock,
        ...(isUnlimited(config) ? {} : { streams_per_tenant: config.limits.streams_per_key }),
      }),
  },
];

const exported = [
  RunSupervisor,
  CreateConversation,
  StartChat,
  GetConversation,
  ListConversations,
  ReadEvents,
  CancelRun,
  DeleteConversation,
  WatchEvents,
  ListMessages,
  SendMessage,
  AwaitEnd,
];

/** The application layer: use cases over the run supervisor. Takes up what an earlier process left, before the doors open. */
@Module({
  imports: [StoresModule, ProvidersModule, EvaluatorsModule, AgentsModule],
  providers: [runtime, loop, chatLoopDeps, runHooks, supervisor, expiry, ...useCases],
  exports: [...exported, StoresModule, ProvidersModule, EvaluatorsModule, AgentsModule],
})
export class ConversationsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(RunSupervisor) private readonly runs: RunSupervisor,
    @Inject(Retention) private readonly retention: Retention,
    @Inject(WatchEvents) private readonly watch: WatchEvents,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.metrics.gauge('parley_runs_active', 'Runs that are under way here.', () => this.runs.activeRuns);
    this.metrics.gauge('parley_watchers', 'Streams that are open now.', () => this.watch.watching);
    const recovered = await this.runs.recover();
    if (recovered > 0) this.logger.info({ runs: recovered }, 'took up runs that were under way');
    this.retention.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.retention.stop(), this.runs.drain(DRAIN_GRACE_MS)]);
  }
}

/** The document's own number, where no rule-based evaluator sets another. */
const STALE_TURNS = 2;

/** What the configuration says of conversations: the rules hold with evaluation off too. */
function conversationDefaults(config: ParleyConfig): ConversationDefaults {
  const enabled = config.evaluators.filter((evaluator) => evaluator.enabled);
  const rules = enabled.find((evaluator) => evaluator.type === 'rule_based')?.config;
  return {
    max_turns: config.max_turns,
    rule_max_turns: count(rules?.['max_turn_number']) ?? Number.MAX_SAFE_INTEGER,
    max_stale_turns: count(rules?.['max_stale_turn']) ?? STALE_TURNS,
    action_order: config.action_order,
    speaking_order: config.speaking_order,
    evaluators: enabled.map((evaluator) => evaluator.name),
    turns_limit: config.limits.turns,
  };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
