// What is said while it runs: steering is seen before the next model call, follow-ups when it would be done.
import { Agent } from 'parley/agent';

const agent = new Agent({
  model: { provider: 'demo', id: 'demo' },
  steeringMode: 'one-at-a-time',
  followUpMode: 'all',
});
const running = agent.prompt('Tell me about rivers.');
agent.steer('Keep it short, please.');
agent.followUp('Now about lakes.');
await running;
await agent.waitForIdle();
console.log(agent.state.messages.map(({ role }) => role).join(' → '));
