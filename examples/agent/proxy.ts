// An agent whose models and keys are on a server: it has the history and the tools, the server makes the calls.
import { Agent, proxyStreamFn } from 'parley/agent';
import { createServer } from 'parley/server';

await using server = await createServer({ config: 'demo.yaml', port: 0, storage: 'memory' });
const proxyUrl = await server.listen();

const agent = new Agent({ streamFn: proxyStreamFn({ proxyUrl, authToken: 'a-key' }), model: { id: 'demo' } });
console.log(await agent.promptText('Hello'));
