import { createInterface, type Interface } from 'node:readline';

// oxlint-disable-next-line no-control-regex -- these are what is taken out
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text of others for a terminal: without what would move its cursor, colour it or make it answer. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, '');
}

/** The person at the terminal, or the lines of whatever is piped in. */
export class Keyboard {
  readonly #interface: Interface;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    // On stderr, so that stdout has nothing but what is said.
    this.#interface = createInterface({ input: process.stdin, output: process.stderr, terminal: process.stdin.isTTY });
    // A terminal in use keeps Ctrl-C from the process.
    this.#interface.on('SIGINT', () => process.emit('SIGINT', 'SIGINT'));
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  /** The next line; undefined at the end of the input. */
  async ask(prompt: string): Promise<string | undefined> {
    if (process.stdin.isTTY) {
      this.#interface.setPrompt(prompt);
      this.#interface.prompt();
    }
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : value;
  }

  close(): void {
    this.#interface.close();
  }
}
