import type { AssistantMessage } from '../../core/agent-messages/message.js';
import type { ModelProvider } from '../../core/ports/model-provider.js';
import type { AssistantStream } from './assistant-stream.js';
import { callRequest } from './call-request.js';
import { readModel, type Model, type ModelInput } from './model.js';
import { connect, providerType } from './model-connection.js';
import { streamCall } from './stream-call.js';
import type { AssistantMessageEvent, Context, StreamFn, StreamOptions } from './stream-event.js';

/** The dialect that most providers are asked in. */
const COMPLETIONS = 'openai-completions';

/**
 * Asks a model of any provider that the server knows (`openai`, `openrouter`, `anthropic`, `ollama`, `demo` …), or of any
 * base that speaks the OpenAI dialect. It is what an agent uses that was given no `streamFn`. Never throws: what goes wrong
 * is the last event.
 */
export function streamModel(given: ModelInput, context: Context, options: StreamOptions = {}): AssistantStream {
  const model = readModel(given);
  const provider = providerType(model);
  return streamCall({
    head: { api: model.api ?? COMPLETIONS, provider, model: model.id },
    prepare: async () => ({
      provider: await connect(model, options),
      request: callRequest({ provider, model }, context, options),
    }),
    cost: model.cost,
    signal: options.signal,
  });
}

/**
 * Asks a model behind an OpenAI-compatible base (`POST {baseUrl}/chat/completions`, streamed). The same parser as the
 * server's; nothing of it runs in another thread or is compiled, and it costs a fraction of an SDK's iterator.
 *
 * @example
 * const agent = new Agent({ streamFn: streamOpenAICompat });
 * agent.setModel(new OpenAICompatModel({ id: 'qwen3', baseUrl: 'http://localhost:8000/v1/chat/completions' }));
 */
export function streamOpenAICompat(model: ModelInput, context: Context, options: StreamOptions = {}): AssistantStream {
  return streamModel(model, context, options);
}

/** Asks a model at OpenRouter. The key: `apiKey`, else `OPENROUTER_API_KEY`. */
export function streamOpenRouter(model: ModelInput, context: Context, options: StreamOptions = {}): AssistantStream {
  return streamModel({ ...model, provider: 'openrouter' }, context, options);
}

/**
 * Begins an OpenAI-compatible call. Read it with `nextEvent()` (undefined after the last one), `nextEvents()` or `for await`;
 * `result()` is the whole message.
 */
export function openaiCompletionsStream(
  model: ModelInput,
  context: Context,
  options: StreamOptions = {},
): AssistantStream {
  return streamOpenAICompat(model, context, options);
}

/** Makes an OpenAI-compatible call and gives all of it at the end: every event, and the message. */
export async function collectOpenAICompletions(
  model: ModelInput,
  context: Context,
  options: StreamOptions = {},
): Promise<{ readonly events: readonly AssistantMessageEvent[]; readonly final_message: AssistantMessage }> {
  const stream = streamOpenAICompat(model, context, options);
  const events: AssistantMessageEvent[] = [];
  for (let some = await stream.nextEvents(); some !== undefined; some = await stream.nextEvents()) events.push(...some);
  return { events, final_message: await stream.result() };
}

/** Asks a provider that is there already: one of the program's own, or a plugin's. */
export function streamProvider(provider: ModelProvider): StreamFn {
  return (given, context, options) => {
    const model: Model = readModel(given);
    return streamCall({
      head: { api: model.api ?? 'provider', provider: model.provider ?? provider.name, model: model.id },
      prepare: async () => ({
        provider,
        request: callRequest({ provider: model.provider ?? provider.name, model }, context, options),
      }),
      cost: model.cost,
      signal: options.signal,
    });
  };
}
