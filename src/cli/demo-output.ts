import type { Delta, Fact } from '../core/events/conversation-event.js';
import type { Encoder } from '../core/events/encoder.js';
import { ConversationPrinter, type Output } from './conversation-printer.js';

/** Prints a conversation as it happens. An encoder: it looks at events, and has no frames for anybody. */
export class DemoPrinter implements Encoder {
  readonly ignores_run_text = true;
  readonly #printer: ConversationPrinter;

  constructor(out: Output | undefined) {
    this.#printer = new ConversationPrinter(out);
  }

  fact({ body, agent }: Fact): string {
    this.#printer.fact(body, agent);
    return '';
  }

  delta({ block, message_id, agent, text }: Delta): string {
    if (block === 'text') this.#printer.text(message_id, agent, text);
    return '';
  }

  heartbeat(): string {
    return '';
  }

  farewell(): string {
    return '';
  }
}
