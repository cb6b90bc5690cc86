// A tool: its arguments are typed by their schema, `details` go to whoever listens, only `content` goes to the model.
import { Agent, defineTool } from 'parley/agent';

const sum = defineTool({
  name: 'sum',
  description: 'Add two numbers',
  label: 'Sum',
  parameters: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a', 'b'],
  },
  execute: async (toolCallId, { a, b }, signal, onUpdate) => {
    signal.throwIfAborted();
    onUpdate({ content: [{ type: 'text', text: 'adding …' }] });
    return { content: [{ type: 'text', text: String(a + b) }], details: { toolCallId } };
  },
});

const agent = new Agent({ model: { provider: 'demo', id: 'demo' }, tools: [sum] });
agent.subscribe((event) => {
  if (event.type === 'tool_execution_start') console.log('runs', event.tool_name, event.args);
  if (event.type === 'tool_execution_end') console.log('gave', event.result.content, event.result.details);
});
// The demo model follows the schema, not the sentence: it adds zeros.
console.log(await agent.promptText('What is the sum of 2 and 3?'));
