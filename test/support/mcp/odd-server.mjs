// An MCP server over stdio with the shapes that the official one does not have: pages, odd names and schemas, failures of
// every kind, calls that never end, tools that come later. Run with the packages of `peers`.
import { Server } from '../../../peers/node_modules/@modelcontextprotocol/sdk/dist/esm/server/index.js';
import { StdioServerTransport } from '../../../peers/node_modules/@modelcontextprotocol/sdk/dist/esm/server/stdio.js';
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
} from '../../../peers/node_modules/@modelcontextprotocol/sdk/dist/esm/types.js';

const anything = { type: 'object' };
const tool = (name, more = {}) => ({ name, description: `Does ${name}.`, inputSchema: anything, ...more });

const tools = [
  tool('environment'),
  tool('naïve tool / with a long name, so long that no model provider would take it'),
  tool('bad_schema', { inputSchema: { type: 'object', properties: { a: { type: 'strng' } } } }),
  tool('only_as_task', { execution: { taskSupport: 'required' } }),
  tool('fails', { annotations: { readOnlyHint: true, title: 'Fails' } }),
  tool('throws'),
  tool('huge'),
  tool('hangs'),
  tool('adds'),
  tool('exits'),
];

const text = (content) => ({ content: [{ type: 'text', text: content }] });

const calls = {
  environment: () => text(JSON.stringify(process.env)),
  fails: () => ({ ...text('the printer is on fire'), isError: true }),
  throws: () => {
    throw new Error(`no such thing, says ${process.env.TOKEN}`);
  },
  huge: () => text('x'.repeat(2_097_152)),
  hangs: (_args, { signal }) =>
    new Promise(() => {
      console.error('hangs: begun');
      signal.addEventListener('abort', () => console.error('hangs: cancelled'));
    }),
  adds: async () => {
    tools.push(tool('added'));
    await server.sendToolListChanged();
    return text('done');
  },
  exits: () => process.exit(3),
};

const server = new Server({ name: 'odd', version: '1' }, { capabilities: { tools: { listChanged: true } } });

server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
  const from = Number(params?.cursor ?? 0);
  const next = from + 4;
  return { tools: tools.slice(from, next), ...(next < tools.length ? { nextCursor: String(next) } : {}) };
});

server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) => calls[params.name](params.arguments, extra));

console.error(`pid ${process.pid}, token ${process.env.TOKEN}`);
await server.connect(new StdioServerTransport());
