import { tmpdir } from 'node:os';
import { loadConfig } from '../config/load-config.js';
import type { ParleyConfig } from '../config/parley-config.js';
import { GetConversation } from '../conversations/conversation-view.js';
import { CreateConversation } from '../conversations/create-conversation.js';
import { WatchEvents } from '../conversations/watch-events.js';
import { ANONYMOUS, type ConversationRef } from '../core/kernel/ids.js';
import { createApp } from '../create-app.js';
import { conversationBody } from '../doors/http/conversation.mapper.js';
import { createLogger } from '../telemetry/logger.js';
import { scoreTable } from './conversation-printer.js';
import { DemoPrinter } from './demo-output.js';
import { EXIT } from './exit-codes.js';
import { pluginFlags, textFlags, wholeNumberFlag, type Flags } from './flags.js';

/**
 * Lets agents converse before the user's eyes, in memory only: nothing is stored. Without `--config` and `--model` it
 * takes the offline demo model, whatever keys the environment holds: no network, no cost.
 */
export async function demo(flags: Flags): Promise<number> {
  const config = demoConfig(flags);
  const app = await createApp(config, createLogger({ level: 'warn' }));
  await app.init();
  try {
    const ref = await app.get(CreateConversation).execute(ANONYMOUS, {
      agents: names(flags).map((name) => ({ name })),
      scenario: textFlags(flags).scenario,
      model_name: textFlags(flags).model,
      // One after another: a reader of a terminal cannot follow two at once.
      action_order: 'agent_id_based',
      max_turns: wholeNumberFlag(flags, 'turns'),
      seed: wholeNumberFlag(flags, 'seed'),
      enable_evaluation: true,
      return_log: true,
      on_disconnect: 'continue',
    });
    const quiet = flags['json'] === true;
    await watch(app.get(WatchEvents), ref, quiet ? undefined : new DemoPrinter(process.stdout));
    const view = await app.get(GetConversation).execute(ref);
    process.stdout.write(
      quiet || view.multi_agent === undefined
        ? `${JSON.stringify(conversationBody(view))}\n`
        : scoreTable(
            view.multi_agent.settings.participants.map(({ name }) => name),
            view.multi_agent.verdict?.per_agent ?? {},
          ),
    );
    return view.status === 'completed' ? EXIT.ok : EXIT.failed;
  } finally {
    await app.close();
  }
}

function demoConfig(flags: Flags): ParleyConfig {
  const { config: path, model } = textFlags(flags);
  const plugins = pluginFlags(flags);
  const offline = path === undefined && model === undefined && plugins.length === 0;
  const { config } = loadConfig(offline ? { env: {}, cwd: tmpdir() } : { path, plugins });
  const changes = { storage: { type: 'memory' }, docs: { enabled: false } } satisfies Partial<ParleyConfig>;
  return Object.assign(Object.create(null) as ParleyConfig, config, changes);
}

function names(flags: Flags): readonly string[] {
  const given = flags['agents'];
  return Array.isArray(given) ? given.map(String) : [];
}

/** Resolves when the run is through. */
async function watch(watchEvents: WatchEvents, ref: ConversationRef, printer: DemoPrinter | undefined): Promise<void> {
  const watchable = await watchEvents.open({ ref });
  await new Promise<void>((resolve) => {
    const sink = {
      write: () => undefined,
      queued: () => 0,
      onDrained: (callback: () => void) => setImmediate(callback),
      end: resolve,
      cut: resolve,
    };
    watchable.watch(printer ?? new DemoPrinter(undefined), sink);
  });
}
