// What a program has a say in: which calls run, what comes of them, what the model is shown, when to stop.
import { Agent, defineTool } from 'parley/agent';

const remove = defineTool({
  name: 'remove_file',
  description: 'Remove a file',
  parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  execute: (_toolCallId, { path }) => `removed ${path}`,
});

const agent = new Agent({
  model: { provider: 'demo', id: 'demo' },
  tools: [remove],
  beforeToolCall: ({ tool, args }) =>
    args['path'] === '/etc/passwd' ? { block: true, reason: `${tool.name} is not allowed there` } : undefined,
  afterToolCall: ({ result }) => ({ details: { checked: true, blocks: result.content.length } }),
  transformContext: (messages) => messages.slice(-20),
  shouldStopAfterTurn: ({ newMessages }) => newMessages.length > 10,
});
agent.subscribe((event) => {
  if (event.type === 'tool_execution_end') console.log(event.is_error ? 'refused:' : 'done:', event.result.content);
});
console.log((await agent.prompt('Use remove_file with path="/etc/passwd".')).stop_reason);
