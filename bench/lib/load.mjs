// Runs the load client against a server and gives what it measured.
import { fileURLToPath } from 'node:url';
import { runNode } from './processes.mjs';
import { countCpu } from './process-stats.mjs';

const CLIENT = fileURLToPath(new URL('../reference/load.mjs', import.meta.url));

/** The body of POST /conversations for one agent that says one thing. */
export function monologue(model) {
  return {
    agent_configs: [{ name: 'Ann', goal: 'To say what is to be said.' }],
    scenario: 'A bench',
    model_name: model,
    max_turns: 1,
    enable_evaluation: false,
    // So that what the end of a window cuts off does not run on into the next one.
    on_disconnect: 'cancel',
  };
}

/** A stream of the bare reference. */
export function referenceTarget(server, model) {
  return { server, url: `${server.url}/chat`, body: { model, message: 'hi' } };
}

/** A stream of Parley: a conversation is created, and its events are read as they come. */
export function parleyTarget(server, model) {
  const follow = '/events?projection=chat';
  return { server, url: `${server.url}/conversations`, body: monologue(model), follow };
}

/** A chat of Parley: a conversation of its own, its answer streamed in the answer to the request. */
export function chatTarget(server, model) {
  return { server, url: `${server.url}/chat/stream`, body: { message: 'hi', model, history: [] } };
}

/** The same through the door for OpenAI's clients. */
export function completionTarget(server, model) {
  const messages = [{ role: 'user', content: 'hi' }];
  return { server, url: `${server.url}/v1/chat/completions`, body: { model, messages, stream: true } };
}

/**
 * Closed loop of `streams` at once for `seconds`. Fails when anything did not come through whole: a figure of a server
 * that loses tokens says nothing.
 *
 * @returns the load client's figures, with `usPerToken` and `usPerRequest` of the server's CPU
 */
export async function load(target, { streams, tokens, seconds, warmSeconds, watchers = 1, paced = false }) {
  const args = [CLIENT, '--url', target.url, '--body', JSON.stringify(target.body), '--c', String(streams)];
  args.push('--d', String(seconds), '--warm', String(warmSeconds), '--tokens', String(tokens));
  args.push('--pid', String(target.server.pid), '--mock', target.server.mockUrl);
  for (const header of target.server.headers) args.push('--header', header);
  if (target.follow !== undefined) args.push('--then', target.follow, '--watchers', String(watchers));
  if (paced) args.push('--paced');
  const cpu = countCpu(target.server.pid);
  const figures = JSON.parse(await runNode(args));
  figures.threads = cpu().byThread;
  if (figures.errors > 0 || figures.incomplete > 0 || figures.tokens === 0) {
    throw new Error(`the load did not come through: ${JSON.stringify(figures)}`);
  }
  return figures;
}
