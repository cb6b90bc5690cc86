import type {
  AgentRequest,
  ConversationRequest,
  CreatedConversation,
} from '../../conversations/create-conversation.js';
import type { ConversationView, MultiAgentView } from '../../conversations/conversation-view.js';
import type { ChatSettings } from '../../core/agent/settings.js';
import type { MultiAgentSettings } from '../../core/multi-agent/settings.js';
import type { ConversationRecord } from '../../core/ports/conversation-store.js';
import { timestamp } from '../wire/timestamp.js';
import type { AgentConfigDto, BackgroundDto, CreateConversationDto } from './create-conversation.dto.js';

type Json = Readonly<Record<string, unknown>>;

/** A request body as the application layer takes it. `null` stands for "not given" everywhere. */
export function toRequest(dto: CreateConversationDto): ConversationRequest {
  return {
    agents: dto.agent_configs.map((agent) => toAgent(agent, dto.background)),
    scenario: dto.scenario ?? dto.background?.scenario,
    max_turns: dto.max_turns ?? undefined,
    model_name: dto.model_name ?? undefined,
    action_order: dto.action_order ?? undefined,
    speaking_order: dto.speaking_order ?? undefined,
    enable_evaluation: dto.enable_evaluation ?? true,
    evaluators: dto.evaluators ?? undefined,
    seed: dto.seed ?? undefined,
    return_log: dto.return_log ?? true,
    on_disconnect: dto.on_disconnect ?? 'continue',
  };
}

function toAgent(agent: AgentConfigDto, background: BackgroundDto | undefined): AgentRequest {
  const told = background?.agent_configs?.find((entry) => entry.name === agent.name);
  return {
    name: agent.name,
    type: agent.type ?? undefined,
    model: agent.model ?? undefined,
    goal: agent.goal ?? told?.goal,
    background: agent.background ?? told?.background,
    profile: agent.profile ?? undefined,
    instructions: agent.instructions ?? undefined,
    speaking_id: agent.speaking_id ?? undefined,
  };
}

/** The answer to POST /conversations. */
export function acceptedBody(created: CreatedConversation): Json {
  return {
    conversation_id: created.conversation_id,
    run_id: created.run_id,
    status: 'running',
    ...modelsOf(created.settings),
  };
}

/** One line of GET /conversations. */
export function listedBody(record: ConversationRecord): Json {
  return {
    conversation_id: record.conversation_id,
    kind: record.kind,
    status: record.status,
    ...(record.kind === 'multi_agent'
      ? modelsOf(record.settings as unknown as MultiAgentSettings)
      : { agent: (record.settings as unknown as ChatSettings).agent }),
    turn_count: record.turn_count,
    created_at: timestamp(record.created_at),
    updated_at: timestamp(record.updated_at),
  };
}

/** The answer to GET /conversations/{id}. */
export function conversationBody(view: ConversationView): Json {
  const { record, fold, multi_agent } = view;
  const settled = fold.run === undefined && fold.seq > 0;
  return {
    ...listedBody(record),
    run_id: fold.run?.id ?? null,
    terminated_by: fold.terminated_by ?? null,
    ...(multi_agent === undefined ? {} : accountBody(multi_agent, settled)),
    error: fold.error ?? null,
    usage: fold.usage,
    started_at: fold.started_at === undefined ? null : timestamp(fold.started_at),
    ended_at: fold.ended_at === undefined ? null : timestamp(fold.ended_at),
  };
}

function accountBody({ settings, verdict, results, episode, waiting_for }: MultiAgentView, settled: boolean): Json {
  return {
    scenario: settings.scenario,
    max_turns: settings.max_turns,
    action_order: settings.action_order,
    seed: settings.seed,
    ...waitingBody(waiting_for),
    evaluation_results: verdict === undefined ? null : { ...verdict, results: results.map(evaluationBody) },
    episode_log: settled && settings.return_log ? episode : null,
  };
}

function waitingBody(waiting: MultiAgentView['waiting_for']): Json {
  const first = Math.min(...waiting.map(({ deadline }) => deadline));
  return {
    waiting_for: waiting.map(({ agent }) => agent),
    waiting_until: Number.isFinite(first) ? timestamp(first) : null,
  };
}

function evaluationBody(result: MultiAgentView['results'][number]): Json {
  const { type: _type, ...rest } = result;
  return { ...rest };
}

function modelsOf(settings: MultiAgentSettings): Json {
  const models = settings.participants.map((participant) => participant.model ?? settings.default_model);
  return { agent_count: settings.participants.length, model_used: settings.default_model, models };
}
