import { loadConfig } from '../config/load-config.js';
import { EXIT } from './exit-codes.js';
import { textFlags, type Flags } from './flags.js';

/** Longer than the server's own probes may take. */
const TIMEOUT_MS = 3_000;

/** Asks a running server whether it is ready to serve. @returns 0 if it is, 1 if not */
export async function checkHealth(flags: Flags): Promise<number> {
  const url = textFlags(flags).url ?? configuredUrl(flags);
  const { ready, detail } = await ask(`${url.replace(/\/$/, '')}/health/ready`);
  const line =
    flags['json'] === true
      ? JSON.stringify({ ready, url, detail })
      : `${url} is ${ready ? 'ready' : 'not ready'}: ${detail}`;
  process.stdout.write(`${line}\n`);
  return ready ? EXIT.ok : EXIT.failed;
}

async function ask(url: string): Promise<{ readonly ready: boolean; readonly detail: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { ready: response.ok, detail: (await response.text()).slice(0, 2000) };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { ready: false, detail: cause instanceof Error ? cause.message : 'no answer' };
  }
}

/** Where a server of the same configuration listens, seen from this machine. */
function configuredUrl(flags: Flags): string {
  const given = textFlags(flags);
  const { config } = loadConfig({ path: given.config, flags: { host: given.host, port: given.port } });
  const { host, port, base_path } = config.server;
  const local = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `http://${local}:${port}${base_path}`;
}
