import { lastAnswer, type CollectedRun } from '../../conversations/run-collector.js';
import type { MessageEnd, ToolCall, Usage } from '../../core/events/conversation-event.js';
import type { RunId } from '../../core/kernel/ids.js';

type Json = Readonly<Record<string, unknown>>;

/** What a completion is called, and what every chunk of it repeats. */
export interface CompletionHead {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly created: number;
  /** As the caller named it. */
  readonly model: string;
}

/** @param at ms since the epoch */
export function completionHead(run_id: RunId, model: string, at: number): CompletionHead {
  return { id: `chatcmpl-${run_id.slice('run_'.length)}`, created: Math.floor(at / 1000), model };
}

/**
 * The answer to a completion that is not streamed.
 *
 * @param offered names of the tools that the caller runs
 */
export function completionBody(
  run: CollectedRun,
  { id, created, model }: CompletionHead,
  offered: ReadonlySet<string>,
): Json {
  const answer = lastAnswer(run);
  const calls = returnedCalls(answer, { ended: endedCalls(run), offered });
  const message = {
    role: 'assistant',
    content: run.text === '' && calls.length > 0 ? null : run.text,
    refusal: null,
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(wireCall) }),
  };
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(answer, calls) }],
    usage: wireUsage(run.usage),
  };
}

/** Tokens in the names of OpenAI. */
export function wireUsage(usage: Usage): Json {
  return {
    prompt_tokens: usage.input_tokens,
    completion_tokens: usage.output_tokens,
    total_tokens: usage.total_tokens,
    ...(usage.cached_tokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: usage.cached_tokens } }),
    ...(usage.reasoning_tokens === undefined
      ? {}
      : { completion_tokens_details: { reasoning_tokens: usage.reasoning_tokens } }),
  };
}

/** Why an answer ended, in the words of OpenAI. */
export function finishReason(
  answer: MessageEnd | undefined,
  calls: readonly ToolCall[],
): 'stop' | 'length' | 'tool_calls' {
  if (answer?.stop_reason === 'length') return 'length';
  return calls.length > 0 ? 'tool_calls' : 'stop';
}

/** Which calls of an answer are its caller's to run. */
export interface ReturnedBy {
  /** Ids of the calls that ended here: one that was refused has not the arguments that the model wrote. */
  readonly ended: ReadonlySet<string>;
  /** Names of the tools that the caller runs: of another one it knows nothing. */
  readonly offered: ReadonlySet<string>;
}

/** The calls of the last answer that nobody ran here: they are the answer. */
export function returnedCalls(answer: MessageEnd | undefined, { ended, offered }: ReturnedBy): readonly ToolCall[] {
  if (answer?.stop_reason !== 'tool_calls') return [];
  return (answer.tool_calls ?? []).filter(({ id, name }) => offered.has(name) && !ended.has(id));
}

function endedCalls({ facts }: CollectedRun): ReadonlySet<string> {
  const after = facts.slice(facts.findLastIndex(({ body }) => body.type === 'message_end'));
  return new Set(after.flatMap(({ body }) => (body.type === 'tool_execution_end' ? [body.tool_call_id] : [])));
}

/** A call as OpenAI writes it. */
export function wireCall({ id, name, arguments: args }: ToolCall): Json {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(args) } };
}
