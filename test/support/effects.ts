import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** What a tool of the plugin below did, or was about to do. */
export interface Effect {
  readonly tool: string;
  /** Before its effect, after it, and when it is told to stop. */
  readonly what: 'arrived' | 'done' | 'aborted';
  /** ms since the epoch. */
  readonly at: number;
  readonly args: Readonly<Record<string, unknown>>;
  readonly tool_call_id: string;
  readonly idempotency_key: string;
  /** Calls of the plugin's tools under way, this one included. */
  readonly at_once: number;
}

/**
 * A plugin whose tools write down what they do, each line at once and whole: `pay` (strict arguments), `note` (takes
 * anything), `look` (idempotent), `deaf` (never ends, whatever its signal says). `wait_before` and `wait_after` in `args` are ms before and after the effect; one that
 * came before with the same `what` does not wait again.
 *
 * @param waitsFor how the `what` of those begins that wait at all
 */
export function effectPlugin(log: string, waitsFor = ''): string {
  return `import { appendFileSync, existsSync, readFileSync } from 'node:fs';
const LOG = ${JSON.stringify(log)};
const properties = { what: { type: 'string' }, wait_before: { type: 'number' }, wait_after: { type: 'number' } };
const schema = (more) => ({ type: 'object', properties, required: ['what'], ...more });
const known = new Set();
if (existsSync(LOG)) for (const line of readFileSync(LOG, 'utf8').split('\\n')) if (line) known.add(JSON.parse(line).args.what);
let at_once = 0;
const pause = (ms, signal) => new Promise((resolve) => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); });
});
const effect = (tool) => async (args, { tool_call_id, idempotency_key, signal }) => {
  at_once++;
  const write = (what) =>
    appendFileSync(LOG, JSON.stringify({ tool, what, at: Date.now(), args, tool_call_id, idempotency_key, at_once }) + '\\n');
  const waits = !known.has(args.what) && args.what.startsWith(${JSON.stringify(waitsFor)});
  try {
    write('arrived');
    if (waits && args.wait_before) await pause(args.wait_before, signal);
    if (signal.aborted) {
      write('aborted');
      return 'aborted';
    }
    write('done');
    if (waits && args.wait_after) await pause(args.wait_after, signal);
    return tool + ' did ' + args.what;
  } finally {
    at_once--;
  }
};
export default (api) => {
  api.registerTool({ name: 'pay', description: 'Pays', parameters: schema({ additionalProperties: false }), execute: effect('pay') });
  api.registerTool({ name: 'note', description: 'Notes', parameters: schema({}), execute: effect('note') });
  api.registerTool({ name: 'look', description: 'Looks', parameters: schema({}), idempotent: true, execute: effect('look') });
  const deaf = (args, { tool_call_id, idempotency_key }) => {
    appendFileSync(LOG, JSON.stringify({ tool: 'deaf', what: 'arrived', at: Date.now(), args, tool_call_id, idempotency_key, at_once }) + '\\n');
    return new Promise(() => {});
  };
  api.registerTool({ name: 'deaf', description: 'Never answers', parameters: schema({}), execute: deaf });
};
`;
}

/** The effects so far, in order. */
export async function effects(log: string): Promise<readonly Effect[]> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Effect);
}

/** The effects once they are as wanted. */
export async function effectsWhen(
  log: string,
  wanted: (now: readonly Effect[]) => boolean,
): Promise<readonly Effect[]> {
  for (;;) {
    const now = await effects(log);
    if (wanted(now)) return now;
    // Another process writes the file: nothing tells of it.
    await pause(10);
  }
}
