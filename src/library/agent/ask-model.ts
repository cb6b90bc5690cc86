import type { AssistantMessage } from '../../core/agent-messages/message.js';
import { repairMessages } from '../../core/agent-messages/repair-messages.js';
import { ParleyError, toParleyError } from '../../core/kernel/parley-error.js';
import { unlessAborted } from '../../core/kernel/unless-aborted.js';
import type { ModelProvider } from '../../core/ports/model-provider.js';
import { modelMessages, type AgentMessage } from './agent-message.js';
import type { AgentOptions } from './agent-options.js';
import type { AgentState } from './agent-state.js';
import { AssistantStream } from './assistant-stream.js';
import { withCacheMarks } from './cache-marks.js';
import { EventFold } from './event-fold.js';
import { brokenMessage, soundMessage } from './finished-message.js';
import type { MessageHead } from './message-builder.js';
import type { ModelInput } from './model.js';
import { ABORTED_TEXT, messageOf } from './stream-call.js';
import type { AssistantMessageEvent, Context, StreamedEvent, StreamFn, StreamOptions } from './stream-event.js';
import { streamModel, streamProvider } from './stream-model.js';

/** What is asked, and how. Read anew for every call, so that what was set in between counts. */
export interface Question {
  readonly state: AgentState;
  readonly options: AgentOptions;
  readonly signal: AbortSignal;
  /** What of the answer comes before its end. */
  readonly onPiece: (piece: Exclude<AssistantMessageEvent, { type: 'done' | 'error' }>) => void;
}

const UNNAMED: ModelInput = { id: 'unnamed', provider: 'unnamed' };

/**
 * Asks the model of an agent and gives its answer, whatever happens: what a hook or the `streamFn` throws, a stream that
 * ends without an end, and one that does not heed the signal are answers that broke off.
 */
export async function askModel(question: Question): Promise<AssistantMessage> {
  const { state, options, signal } = question;
  const model = namedModel(state.model);
  const fold = new EventFold(headOf(model));
  try {
    const context = await unlessAborted(contextOf(question), signal, stopped);
    const streamOptions = await unlessAborted(streamOptionsOf(question, model), signal, stopped);
    if (signal.aborted) throw stopped();
    const ask = options.streamFn ?? streamFnOf(state.model);
    const stream = await unlessAborted(ask(model, context, streamOptions), signal, stopped);
    return await read(stream, fold, question);
  } catch (error) {
    if (signal.aborted) return brokenMessage(fold.message, 'aborted', ABORTED_TEXT, 'aborted');
    return brokenMessage(fold.message, 'error', messageOf(error), toParleyError(error).code);
  }
}

/** What the model is shown. */
export async function contextOf({ state, options, signal }: Omit<Question, 'onPiece'>): Promise<Context> {
  const { transformContext, convertToLlm, enablePromptCaching } = options;
  const shown = (await transformContext?.(state.messages, signal)) ?? state.messages;
  const messages = convertToLlm === undefined ? modelMessages(shown) : await convertToLlm(shown);
  const repaired = repairMessages(messages);
  const tools = state.tools.map(({ name, description, parameters }) => ({ name, description, parameters }));
  return {
    ...(state.system_prompt === '' ? {} : { system_prompt: state.system_prompt }),
    messages: enablePromptCaching === true ? withCacheMarks(repaired) : repaired,
    ...(tools.length === 0 ? {} : { tools }),
  };
}

/** A provider of the program's own is a model by its name. */
export function namedModel(model: AgentState['model']): ModelInput {
  if (model === undefined) return UNNAMED;
  return isProvider(model) ? { id: model.name, provider: model.name, api: 'provider' } : model;
}

export function isProvider(model: ModelInput | ModelProvider): model is ModelProvider {
  return 'stream' in model && typeof model.stream === 'function';
}

/** The last message of these that a model wrote. */
export function lastAnswer(messages: readonly AgentMessage[]): AssistantMessage | undefined {
  return messages.findLast((message) => message.role === 'assistant');
}

function streamFnOf(model: AgentState['model']): StreamFn {
  if (model === undefined)
    throw new ParleyError(
      'invalid_request',
      'the agent has no model: give it `model` or `streamFn`, or call setModel()',
    );
  return isProvider(model) ? streamProvider(model) : streamModel;
}

function headOf({ api = 'openai-completions', provider = 'custom', id }: ModelInput): MessageHead {
  return { api, provider, model: id };
}

async function streamOptionsOf(
  { state, options, signal }: Omit<Question, 'onPiece'>,
  model: ModelInput,
): Promise<StreamOptions> {
  const { temperature, maxTokens, sessionId, thinkingBudgets, getApiKey } = options;
  const apiKey = await getApiKey?.(model.provider ?? 'custom');
  return {
    signal,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(thinkingBudgets === undefined ? {} : { thinkingBudgets }),
    ...(state.thinking_level === 'off' ? {} : { reasoning: state.thinking_level }),
  };
}

async function read(
  stream: AsyncIterable<StreamedEvent>,
  fold: EventFold,
  { signal, onPiece }: Question,
): Promise<AssistantMessage> {
  const batches = batchesOf(stream);
  try {
    for (;;) {
      const events = await unlessAborted(batches.next(), signal, stopped);
      if (events === undefined)
        throw new ParleyError('upstream_truncated', 'the stream ended without `done` or `error`');
      for (const event of events) {
        if (event.type === 'done')
          return soundMessage({ ...event.message, stop_reason: event.message.stop_reason ?? event.reason });
        if (event.type === 'error') return { ...event.error, stop_reason: event.reason };
        onPiece(fold.take(event));
      }
    }
  } finally {
    batches.leave();
  }
}

interface Batches {
  next(): Promise<readonly StreamedEvent[] | undefined>;
  leave(): void;
}

/** Our own streams give all that is ready at once, others one by one. */
function batchesOf(stream: AsyncIterable<StreamedEvent>): Batches {
  if (stream instanceof AssistantStream) return { next: () => stream.nextEvents(), leave: () => stream.leave() };
  const iterator = stream[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { done, value } = await iterator.next();
      return done === true ? undefined : [value];
    },
    // A generator that waits for its upstream does not hear of it before that answers: nobody waits for it.
    leave: () => void Promise.resolve(iterator.return?.()).catch(() => undefined),
  };
}

function stopped(): ParleyError {
  return new ParleyError('aborted', ABORTED_TEXT);
}
