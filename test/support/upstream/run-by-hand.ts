import { parseArgs } from 'node:util';
import { startUpstream } from './server.js';

/**
 * Runs an upstream as a process: `[--port 9100] [--host 127.0.0.1] [--api-key K]`. Prints one JSON line
 * `{"url","port","pid"}` when it listens; SIGTERM and SIGINT close it.
 */
export async function runByHand(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { port: { type: 'string', default: '0' }, host: { type: 'string' }, 'api-key': { type: 'string' } },
  });
  const upstream = await startUpstream({
    port: Number(values.port),
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values['api-key'] === undefined ? {} : { apiKey: values['api-key'] }),
  });
  process.stdout.write(`${JSON.stringify({ url: upstream.url, port: upstream.port, pid: process.pid })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void upstream.close());
}
