import { CANCELLED, type RunResult } from '../conversation/run-result.js';
import type { NewFact, StopReason, ToolCall, Usage } from '../events/conversation-event.js';
import type { MessageId } from '../kernel/ids.js';
import type { ModelEnd, ModelMessage, ModelRequest, ToolSpec } from '../ports/model-provider.js';
import type { AgentContext } from './context.js';
import { fitMessages, promptTokens } from './fit-messages.js';
import { closeAnswer } from './history.js';
import { HISTORY_TRUNCATED, type AgentState } from './state.js';
import { refusalFacts } from './tool-call.js';

type Done = Extract<ModelEnd, { type: 'done' }>;
type Failed = Extract<ModelEnd, { type: 'failed' }>;

/**
 * Asks the model and writes its answer down as it comes. The calls of the answer whose arguments cannot be read are
 * refused in the same commit.
 *
 * @returns how the run ends, if it cannot go on
 */
export async function askModel(
  context: AgentContext,
  state: AgentState,
  emit: (facts: readonly NewFact[]) => void,
): Promise<RunResult | undefined> {
  const { log, provider, agent } = context;
  const message_id = context.ids.message();
  emit([{ body: { type: 'message_start', message_id, role: 'assistant', model: provider.name }, agent }]);
  const shown = fitted(context, state, emit);
  const request = await requestOf(context, state, shown);
  const end = await provider.stream(request, (delta) => log.delta(message_id, delta.block, delta.text), context.signal);
  switch (end.type) {
    case 'aborted':
      return CANCELLED;
    case 'failed':
      if (end.code === 'upstream_empty' && context.allow_empty) {
        emit([messageEnd(context, message_id, { stop_reason: 'stop', usage: end.usage })]);
        return undefined;
      }
      emit([messageEnd(context, message_id, { stop_reason: 'error', usage: end.usage })]);
      return upstreamFailure(provider.name, end);
    case 'done':
      emit(answerFacts(context, message_id, end));
      return undefined;
  }
}

/** Says how a failed model call ends a run. */
export function upstreamFailure(model: string, end: Failed): RunResult {
  return {
    outcome: 'failed',
    code: 'upstream',
    upstream: end.code,
    ...(end.retry_after === undefined ? {} : { retry_after: end.retry_after }),
    detail: `the model "${model}" could not answer: ${end.message}`,
  };
}

function fitted(
  context: AgentContext,
  state: AgentState,
  emit: (facts: readonly NewFact[]) => void,
): readonly ModelMessage[] {
  const { instructions, limits, request, agent } = context;
  const system: ModelMessage[] =
    instructions === undefined || instructions === '' ? [] : [{ role: 'system', content: instructions }];
  const tokens = promptTokens(context.context_window, request.max_tokens);
  const { messages, left_out } = fitMessages([...system, ...closeAnswer(state.history).messages], {
    messages: limits.history_messages,
    ...(tokens === undefined ? {} : { tokens }),
  });
  // Said once a run: each round of tools only adds to what is left out.
  if (left_out > 0 && !state.truncation_told) {
    const which = left_out === 1 ? 'the oldest message is' : `the ${left_out} oldest messages are`;
    const detail = `${which} not shown to the model "${context.provider.name}": there is no room`;
    emit([{ body: { type: 'warning', code: HISTORY_TRUNCATED, detail }, agent }]);
  }
  return messages;
}

async function requestOf(
  context: AgentContext,
  { rounds }: AgentState,
  messages: readonly ModelMessage[],
): Promise<ModelRequest> {
  const prepared = (await context.hooks?.prepareMessages?.(messages)) ?? messages;
  const tools: ToolSpec[] = [...context.tools.values(), ...context.client_tools].map(
    ({ name, description, parameters }) => ({ name, description, parameters }),
  );
  const { tool_choice, ...others } = context.request;
  // One that must call tools would never come to an answer.
  const choice = rounds > 0 && tool_choice !== 'none' ? undefined : tool_choice;
  const chosen = choice === undefined ? {} : { tool_choice: choice };
  return { ...others, ...chosen, messages: prepared, ...(tools.length === 0 ? {} : { tools }) };
}

function answerFacts(context: AgentContext, message_id: MessageId, end: Done): NewFact[] {
  const bad = end.bad_tool_calls ?? [];
  const calls: ToolCall[] = [...end.tool_calls, ...bad.map(({ id, name }) => ({ id, name, arguments: {} }))];
  const message = messageEnd(context, message_id, { stop_reason: end.stop_reason, usage: end.usage, calls });
  const refusals = bad.flatMap(({ id, name, error }) =>
    refusalFacts({ id, name, arguments: {} }, 'invalid_arguments', `Error: Invalid arguments for ${name}: ${error}`),
  );
  return [message, ...refusals.map((fact) => ({ ...fact, agent: context.agent }))];
}

function messageEnd(
  { log, agent }: AgentContext,
  message_id: MessageId,
  end: {
    readonly stop_reason: StopReason;
    readonly usage: Usage | undefined;
    readonly calls?: readonly ToolCall[];
  },
): NewFact {
  const { stop_reason, usage, calls = [] } = end;
  return {
    body: {
      type: 'message_end',
      message_id,
      role: 'assistant',
      ...log.shownText(message_id),
      stop_reason,
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(usage === undefined ? {} : { usage }),
    },
    agent,
  };
}
