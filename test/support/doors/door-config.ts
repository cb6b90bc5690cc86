import { configFor } from '../models.js';
import type { ServerOptions } from '../server.js';
import { WORKER } from './http-doors.js';

export const KEY = 'key-of-the-team';
export const OTHER_KEY = 'key-of-others';

/** A tool that answers at once, and one that never does. */
const PLUGIN = `
import { defineTool } from 'parley/plugins';
const parameters = { type: 'object', properties: { expression: { type: 'string' } } };
const compute = ({ expression }) => 'it is ' + expression;
const hang = () => new Promise(() => {});
export default (api) => {
  for (const [name, execute] of Object.entries({ compute, hang }))
    api.registerTool(defineTool({ name, description: name, parameters, execute }));
};
`;

/** A server whose model `m` is scripted, with an agent that has a tool, and two tenants. */
export function doorSetup(upstreamUrl: string, models: readonly string[] = [], more = ''): ServerOptions {
  const agents = `agents:\n  ${WORKER}: {name: Worker, model: m, tools: [compute, hang]}\n`;
  const limits = 'limits: {requests_per_minute: 100000, sockets_per_key: 2000}\n';
  return {
    config: configFor(upstreamUrl, ['m', ...models], `${agents}${limits}plugins: [./compute.js]\n${more}`),
    files: { 'compute.js': PLUGIN },
    env: { PARLEY_API_KEYS: `team:${KEY},others:${OTHER_KEY}` },
  };
}
