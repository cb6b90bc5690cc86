// One call of an OpenAI-compatible model without an agent: event by event, and all at once. Here the base is a server of our own.
import {
  Agent,
  collectOpenAICompletions,
  OpenAICompatModel,
  openaiCompletionsStream,
  streamOpenAICompat,
} from 'parley/agent';
import { createServer } from 'parley/server';

await using server = await createServer({ config: 'demo.yaml', port: 0, storage: 'memory' });
const base_url = `${await server.listen()}/v1/chat/completions`;

const model = {
  id: 'demo',
  base_url,
  provider: 'demo-server',
  headers: { 'X-Custom': 'val' },
  context_window: 128_000,
};
const context = {
  system_prompt: 'You are helpful.',
  messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hello' }], timestamp: Date.now() }],
  tools: [{ name: 'sum', description: 'Add numbers', parameters: { type: 'object' } }],
};
const options = { temperature: 0.7, max_tokens: 1024 };

const stream = openaiCompletionsStream(model, context, options);
for (let event = await stream.nextEvent(); event !== undefined; event = await stream.nextEvent())
  console.log(event.type);
console.log((await stream.result()).usage.total_tokens, 'tokens');

const { events, final_message } = await collectOpenAICompletions(model, context, options);
console.log(events.length, 'events,', final_message.stop_reason);

const agent = new Agent({ streamFn: streamOpenAICompat, sessionId: 'my-session' });
agent.setModel(new OpenAICompatModel({ id: 'demo', base_url }));
console.log(await agent.promptText('Hello'));
