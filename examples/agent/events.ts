// All that happens in a run, as events; the same events as a stream; and the text alone.
import { Agent } from 'parley/agent';

const agent = new Agent({ model: { provider: 'demo', id: 'demo' } });
const unsubscribe = agent.subscribe((event) => {
  console.log(`Event: ${event.type}`);
});
await agent.prompt('Hello');
unsubscribe();

for await (const event of agent.stream('And hello again')) {
  if (event.type === 'message_update') console.log(event.assistant_message_event.type, event.message.content.length);
}
for await (const piece of agent.streamText('Once more')) process.stdout.write(piece);
process.stdout.write('\n');
