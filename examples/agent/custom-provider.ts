// Two ways to bring a model of one's own: a provider of the server's port, and a function that streams events.
import { Agent, type ModelProvider, type StreamFn } from 'parley/agent';

const shouting: ModelProvider = {
  name: 'shouting',
  stream: async ({ messages }, onDelta, signal) => {
    const text = (messages.at(-1)?.content ?? '').toUpperCase();
    for (const word of text.split(' ')) {
      if (signal.aborted) return { type: 'aborted' };
      onDelta({ block: 'text', text: `${word} ` });
    }
    return { type: 'done', stop_reason: 'stop', tool_calls: [] };
  },
  health: () => ({ healthy: true }),
};
console.log(await new Agent({ model: shouting }).promptText('hello there'));

const counting: StreamFn = async function* count(model, context) {
  const text = `I was shown ${context.messages.length} message(s).`;
  yield { type: 'start' };
  yield { type: 'text_start', content_index: 0 };
  yield { type: 'text_delta', content_index: 0, delta: text };
  yield { type: 'text_end', content_index: 0, content: text };
  const zero = { input: 0, output: 0, cache_read: 0, cache_write: 0 };
  yield {
    type: 'done',
    reason: 'stop',
    message: {
      role: 'assistant',
      content: [{ type: 'text', text }],
      stop_reason: 'stop',
      timestamp: Date.now(),
      api: 'counting',
      provider: 'counting',
      model: model.id,
      usage: { ...zero, total_tokens: 0, cost: { ...zero, total: 0 } },
    },
  };
};
console.log(await new Agent({ streamFn: counting, model: { id: 'counting' } }).promptText('hello'));
