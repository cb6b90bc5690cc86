// An agent in ten lines. Without a key the offline demo model answers.
import { Agent, OpenRouterModel, streamModel, streamOpenRouter } from 'parley/agent';

const online = process.env['OPENROUTER_API_KEY'] !== undefined;
const agent = new Agent({ streamFn: online ? streamOpenRouter : streamModel, sessionId: 'my-session' });

agent.setSystemPrompt('You are a helpful assistant.');
agent.setModel(online ? new OpenRouterModel({ id: 'anthropic/claude-3.5-sonnet' }) : { provider: 'demo', id: 'demo' });

console.log(await agent.promptText('What is the capital of France?'));
