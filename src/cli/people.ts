import { ParleyError } from '../core/kernel/parley-error.js';
import type { Json, ServerClient } from './server-client.js';
import { Keyboard } from './terminal.js';

/** The people of a conversation, at this terminal: asked one after the other, in the order in which their turns come. */
export class People {
  #keyboard: Keyboard | undefined;
  #asked: Promise<void> = Promise.resolve();
  #gone = false;

  constructor(
    private readonly client: ServerClient,
    private readonly conversation_id: string,
    private readonly say: (text: string) => void,
  ) {}

  /** Asks for the action of one of them, and sends it. */
  ask(agent: string): void {
    this.#asked = this.#asked
      .then(() => this.#act(agent))
      .catch((error: unknown) => this.say(`   (${error instanceof Error ? error.message : String(error)})`));
  }

  /** Nobody is asked any more. */
  leave(): void {
    this.#gone = true;
    this.#keyboard?.close();
  }

  async #act(agent: string): Promise<void> {
    if (this.#gone) return;
    if (this.#keyboard === undefined) {
      this.#keyboard = new Keyboard();
      this.say('   (an empty line does nothing, /leave leaves)');
    }
    this.say('');
    const line = await this.#keyboard.ask(`${agent}> `);
    if (this.#gone) return;
    await this.client
      .call('POST', `/conversations/${this.conversation_id}/messages`, { agent, ...action(line) })
      .catch((error: unknown) => {
        // Their time was up.
        if (!(error instanceof ParleyError) || error.code !== 'conflict') throw error;
        this.say(`   (${error.message})`);
      });
  }
}

/** At the end of the input whoever typed is gone. */
function action(line: string | undefined): Json {
  const text = line?.trim();
  if (text === undefined || text === '/leave') return { action_type: 'leave', argument: '' };
  return text === '' ? { action_type: 'none', argument: '' } : { message: text };
}
