import type { AgentContext } from '../core/agent/context.js';
import { promptTokens } from '../core/agent/fit-messages.js';
import { closeAnswer, NO_HISTORY, type History } from '../core/agent/history.js';
import { runAgent } from '../core/agent/run-agent.js';
import type { AgentLimits, ChatRunSettings, ImprovementSettings } from '../core/agent/settings.js';
import { evolveAgent, initialAgentState } from '../core/agent/state.js';
import type { RunResult } from '../core/conversation/run-result.js';
import type { ConversationKind } from '../core/events/conversation-event.js';
import type { ImprovementContext } from '../core/improvement/context.js';
import { runImprovement } from '../core/improvement/run-improvement.js';
import { evolveImprovement, NOTHING_WRITTEN } from '../core/improvement/state.js';
import type { Clock } from '../core/ports/clock.js';
import type { IdSource } from '../core/ports/id-source.js';
import type { ModelMessage, ModelProvider, ModelRequest } from '../core/ports/model-provider.js';
import type { Models } from '../core/ports/models.js';
import type { CheckArguments, Tool, Tools } from '../core/ports/tool.js';
import type { ChatHistories } from './chat-histories.js';
import type { LoopInput, RunLoop } from './run-loop.js';

export interface ChatLoopDeps {
  readonly models: Models;
  readonly tools: Tools;
  readonly checkArguments: CheckArguments;
  readonly histories: ChatHistories;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly limits: AgentLimits;
  /** No agent has more, whatever it asks for. */
  readonly most: { readonly parallel_tools: number; readonly tool_call_ms: number; readonly tool_rounds: number };
  readonly time_limit_ms: number;
}

/** Drives runs in which an agent answers a person or a program, with tools where it has some. */
export class ChatLoop implements RunLoop {
  readonly time_limit_ms: number;

  constructor(
    readonly kind: Extract<ConversationKind, 'chat' | 'session'>,
    private readonly deps: ChatLoopDeps,
  ) {
    this.time_limit_ms = deps.time_limit_ms;
  }

  async drive(input: LoopInput): Promise<RunResult> {
    const settings = settingsOf(input);
    const provider = this.deps.models.get(settings.model);
    if (provider === undefined) {
      const detail = `the model "${settings.model}" is no longer configured`;
      return { outcome: 'failed', code: 'upstream', upstream: 'upstream_unavailable', detail };
    }
    const fresh = settings.history !== undefined || input.start_seq === 1;
    const before = fresh ? NO_HISTORY : await this.deps.histories.before(input.ref, input.start_seq);
    const state = input.facts.reduce(evolveAgent, initialAgentState(before));
    const context = this.#context(input, settings, provider);
    const { improvement } = settings;
    if (improvement === undefined) return runAgent(context, state);
    const start = input.facts.reduce(evolveImprovement, NOTHING_WRITTEN);
    return runImprovement({ ...improvedContext(context, improvement), history: questionOf(state.history) }, start);
  }

  #context(input: LoopInput, settings: ChatRunSettings, provider: ModelProvider): AgentContext {
    const { models, checkArguments, ids, clock, limits, most } = this.deps;
    const { agent } = settings;
    const instructions = settings.instructions ?? agent.instructions;
    const context_window = models.describe(settings.model)?.context_window;
    return {
      agent: agent.key,
      provider,
      ...(instructions === undefined ? {} : { instructions }),
      request: requestOf(settings),
      tools: this.#tools(settings),
      client_tools: settings.client_tools ?? [],
      client_tool_mode: settings.client_tool_mode ?? 'wait',
      max_parallel_tools: settings.parallel_tools ? Math.min(agent.max_parallel_tools, most.parallel_tools) : 1,
      tool_call_ms: Math.min(agent.tool_call_timeout * 1000, most.tool_call_ms),
      max_tool_rounds: Math.min(agent.max_tool_rounds, most.tool_rounds),
      allow_empty: settings.allow_empty ?? false,
      limits,
      ...(context_window === undefined ? {} : { context_window }),
      checkArguments,
      results: input.results,
      log: input.log,
      ids,
      clock,
      signal: input.signal,
      stopRequested: input.stopRequested,
    };
  }

  /** What the agent names and there is now. A tool of the client's goes before one of ours with its name. */
  #tools({ agent, client_tools = [] }: ChatRunSettings): ReadonlyMap<string, Tool> {
    const theirs = new Set(client_tools.map(({ name }) => name));
    const found = new Map<string, Tool>();
    for (const name of agent.tools ?? this.deps.tools.names()) {
      const tool = this.deps.tools.get(name);
      if (tool !== undefined && !theirs.has(tool.name)) found.set(tool.name, tool);
    }
    return found;
  }
}

/** They were checked when the run was accepted, and are stored with its start. */
function settingsOf({ facts }: LoopInput): ChatRunSettings {
  const start = facts[0]?.body;
  return (start?.type === 'run_start' ? start.settings : undefined) as unknown as ChatRunSettings;
}

function requestOf({ sampling, upstream_id, tool_choice }: ChatRunSettings): Omit<ModelRequest, 'messages' | 'tools'> {
  return {
    ...sampling,
    ...(upstream_id === undefined ? {} : { upstream_id }),
    ...(tool_choice === undefined ? {} : { tool_choice }),
  };
}

/** Answers that are improved are written without tools. */
function improvedContext(context: AgentContext, settings: ImprovementSettings): Omit<ImprovementContext, 'history'> {
  const { agent, provider, instructions, request, limits, log, ids, signal } = context;
  const tokens = promptTokens(context.context_window, request.max_tokens);
  return {
    settings,
    agent,
    provider,
    ...(instructions === undefined ? {} : { instructions }),
    request,
    fit: { messages: limits.history_messages, ...(tokens === undefined ? {} : { tokens }) },
    log,
    ids,
    signal,
  };
}

/** What was said up to what is to be answered: without an answer that is there already. */
function questionOf(history: History): readonly ModelMessage[] {
  const { messages } = closeAnswer(history);
  return messages.slice(0, messages.findLastIndex(({ role }) => role === 'user') + 1);
}
