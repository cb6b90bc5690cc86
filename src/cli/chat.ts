import { randomUUID } from 'node:crypto';
import { ParleyError } from '../core/kernel/parley-error.js';
import { ChatPrinter } from './chat-printer.js';
import { EXIT } from './exit-codes.js';
import { textFlags, type Flags } from './flags.js';
import { onInterrupt } from './interrupt.js';
import type { Json, ServerClient } from './server-client.js';
import { openTarget } from './target.js';
import { Keyboard } from './terminal.js';

const HELP = `  /new      begins another conversation
  /exit     ends the chat (so does Ctrl-D, and Ctrl-C while nothing is said)
  Ctrl-C    stops an answer
`;

/**
 * Talks with an agent at this terminal, on a server of its own or on the one at `--url`. Without a terminal every line of
 * the input is a message.
 *
 * @returns 0 if the last answer came to its end, 1 if not
 */
export async function chat(flags: Flags): Promise<number> {
  const target = await openTarget(flags);
  try {
    const talk = new Talk(target.client, flags);
    const { message } = textFlags(flags);
    if (message !== undefined) return (await talk.say(message)) ? EXIT.ok : EXIT.failed;
    return (await converse(talk)) ? EXIT.ok : EXIT.failed;
  } finally {
    await target.close();
  }
}

/** Until the input ends. Whether the last answer was one. */
async function converse(talk: Talk): Promise<boolean> {
  const keyboard = new Keyboard();
  const leave = (): void => {
    if (!talk.stop()) keyboard.close();
  };
  process.on('SIGINT', leave);
  let good = true;
  try {
    for (;;) {
      const line = (await keyboard.ask('you> '))?.trim();
      if (line === undefined || line === '/exit' || line === '/quit') return good;
      if (line === '/new') talk.begin();
      else if (line.startsWith('/')) process.stderr.write(HELP);
      else if (line !== '') good = await talk.say(line);
    }
  } finally {
    process.off('SIGINT', leave);
    keyboard.close();
  }
}

/** One conversation after the other with one agent. */
class Talk {
  readonly #fixed: Json;
  readonly #json: boolean;
  #conversation: string | undefined;
  /** How far the answer is that was asked for. Absent: none is. */
  #answer: 'asked' | 'stopped' | 'begun' | undefined;

  constructor(
    private readonly client: ServerClient,
    flags: Flags,
  ) {
    const { agent = 'default', model, instructions, conversation } = textFlags(flags);
    this.#conversation = conversation;
    this.#json = flags['json'] === true;
    this.#fixed = {
      agent_name: agent,
      // What breaks is taken up again; an end is asked for.
      on_disconnect: 'continue',
      ...(model === undefined ? {} : { model }),
      ...(instructions === undefined ? {} : { instructions }),
    };
  }

  /** Forgets the conversation: what is said next begins another one. */
  begin(): void {
    this.#conversation = undefined;
  }

  /** Stops the answer that is on its way, as soon as it has begun. False if none is. */
  stop(): boolean {
    if (this.#answer === undefined) return false;
    if (this.#answer !== 'begun') this.#answer = 'stopped';
    else void this.client.call('POST', `/conversations/${this.#conversation}/cancel`, {}).catch(() => undefined);
    return true;
  }

  /** Says something and shows the answer. Whether it came to its end. */
  async say(message: string): Promise<boolean> {
    const printer = new ChatPrinter(this.#json ? undefined : process.stdout);
    const quiet = onInterrupt(() => void this.stop());
    this.#answer = 'asked';
    try {
      for await (const frame of this.client.stream(this.#request(message))) {
        printer.show(frame);
        if (printer.ended === undefined) continue;
        if (this.#json) process.stdout.write(`${JSON.stringify(frame)}\n`);
        return printer.ended;
      }
      return false;
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      process.stderr.write(`parley: ${error.message}\n`);
      return false;
    } finally {
      this.#answer = undefined;
      quiet();
    }
  }

  #request(message: string): Parameters<ServerClient['stream']>[0] {
    const place = this.#conversation === undefined ? { reset_history: true } : { conversation_id: this.#conversation };
    return {
      path: '/chat/stream',
      body: { message, ...this.#fixed, ...place },
      onOpen: (headers) => {
        this.#conversation ??= headers.get('x-conversation-id') ?? undefined;
        const stopped = this.#answer === 'stopped';
        this.#answer = 'begun';
        if (stopped) this.stop();
      },
      resumeAt: (headers) => {
        const run = headers.get('x-run-id') ?? randomUUID();
        return `/conversations/${this.#conversation}/events?projection=chat&run_id=${run}`;
      },
    };
  }
}
