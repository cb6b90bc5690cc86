import type { FactBody } from '../core/events/conversation-event.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { AgentScores } from '../core/multi-agent/aggregate.js';
import { ConversationPrinter, scoreTable } from './conversation-printer.js';
import { EXIT } from './exit-codes.js';
import { textFlags, wholeNumberFlag, type Flags } from './flags.js';
import { onInterrupt } from './interrupt.js';
import { People } from './people.js';
import { readScenario } from './read-scenario.js';
import { asJson, type Json, type ServerClient } from './server-client.js';
import { openTarget } from './target.js';

/**
 * Holds the conversation that a file describes, on a server of its own or on the one at `--url`, and shows it as it
 * happens. People in it are asked at the terminal.
 *
 * @returns 0 if it was completed, 1 if it failed or was cancelled
 * @throws ConfigError with the places of what is wrong in the file
 */
export async function runScenario(flags: Flags, file: string): Promise<number> {
  const scenario = readScenario(file);
  const body = { ...scenario.body, ...overrides(flags) };
  const target = await openTarget(flags);
  try {
    const id = await start(target.client, body).catch((error: unknown) => {
      throw error instanceof ParleyError && error.code === 'invalid_request' ? scenario.refusal(error) : error;
    });
    const quiet = flags['json'] === true;
    await follow(target.client, id, quiet ? undefined : process.stdout);
    const ended = await target.client.call('GET', `/conversations/${id}`);
    process.stdout.write(quiet ? `${JSON.stringify(ended)}\n` : summary(ended));
    return ended['status'] === 'completed' ? EXIT.ok : EXIT.failed;
  } finally {
    await target.close();
  }
}

function overrides(flags: Flags): Json {
  const model_name = textFlags(flags).model;
  const max_turns = wholeNumberFlag(flags, 'turns');
  const seed = wholeNumberFlag(flags, 'seed');
  return {
    ...(model_name === undefined ? {} : { model_name }),
    ...(max_turns === undefined ? {} : { max_turns }),
    ...(seed === undefined ? {} : { seed }),
  };
}

async function start(client: ServerClient, body: Json): Promise<string> {
  return String((await client.call('POST', '/conversations', body))['conversation_id']);
}

/** Shows the run to its end. Ctrl-C cancels it; a second one leaves at once. */
async function follow(client: ServerClient, id: string, out: NodeJS.WriteStream | undefined): Promise<void> {
  const printer = new ConversationPrinter(out);
  const cancel = (): void =>
    void client.call('POST', `/conversations/${id}/cancel`, {}).catch((error: unknown) => printer.line(String(error)));
  const quiet = onInterrupt(cancel);
  const people = new People(client, id, (text) => printer.line(text));
  try {
    for await (const event of client.stream({ path: `/conversations/${id}/events` })) {
      show(printer, event);
      if (event['type'] === 'input_requested') people.ask(String(event['agent']));
      if (event['type'] === 'run_end') return;
    }
  } finally {
    people.leave();
    quiet();
  }
}

function show(printer: ConversationPrinter, event: Json): void {
  const agent = typeof event['agent'] === 'string' ? event['agent'] : undefined;
  if (event['type'] !== 'message_update') {
    // What the server says is what its events are.
    printer.fact(event as unknown as FactBody, agent);
    return;
  }
  const { type, text } = asJson(event['delta']);
  if (type === 'text') printer.text(String(event['message_id']), agent, String(text));
}

function summary(ended: Json): string {
  const scores = asJson(asJson(ended['evaluation_results'])['per_agent']) as Readonly<Record<string, AgentScores>>;
  const agents = Object.keys(scores);
  return agents.length === 0 ? '' : scoreTable(agents, scores);
}
