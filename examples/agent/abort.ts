// An abort stops the model and the tools; the run ends with an answer that says so, and the agent can go on.
import { Agent } from 'parley/agent';

const agent = new Agent({ model: { provider: 'demo', id: 'demo' } });
agent.subscribe((event) => {
  if (event.type === 'message_update') agent.abort();
});
const answer = await agent.prompt('Tell me a long story.');
console.log(answer.stop_reason, answer.error_message);
