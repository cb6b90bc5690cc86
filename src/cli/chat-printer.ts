import { cut } from '../core/kernel/cut.js';
import type { Output } from './conversation-printer.js';
import { asJson, type Json } from './server-client.js';
import { printable } from './terminal.js';

/** Characters of a tool's arguments and results that are shown. */
const MOST_SHOWN = 200;

/** Prints an answer as it comes: text, the tools that are called for it, and how it ended. */
export class ChatPrinter {
  #ended: boolean | undefined;
  #column = 0;

  /** @param out absent: nothing is printed */
  constructor(private readonly out: Output | undefined) {}

  /** Whether it came to its end; undefined while it has not. */
  get ended(): boolean | undefined {
    return this.#ended;
  }

  /** One frame of a chat stream. */
  show(frame: Json): void {
    const { name, arguments: args, result, error } = asJson(frame['tool_call']);
    switch (frame['event_type']) {
      case 'chat_chunk':
        this.#write(String(frame['content']));
        break;
      case 'tool_call_start':
        this.#line(`[${String(name)} ${shortened(JSON.stringify(args))}]`);
        break;
      case 'tool_call_complete':
        this.#line(`[${String(name)}: ${shortened(String(result))}]`);
        break;
      case 'tool_call_error':
        this.#line(`[${String(name)} failed: ${shortened(String(error))}]`);
        break;
      case 'chat_discard':
        this.#line('[what was said is taken back: it comes again]');
        break;
      case 'chat_complete':
        this.#endOfLine();
        this.#ended = true;
        break;
      case 'error':
        this.#line(`[${String(frame['error_message'])} (${String(frame['error_code'])})]`);
        this.#ended = false;
        break;
      default:
    }
  }

  #line(text: string): void {
    this.#endOfLine();
    this.#write(`${text}\n`);
  }

  #endOfLine(): void {
    if (this.#column > 0) this.#write('\n');
  }

  #write(text: string): void {
    this.out?.write(printable(text));
    if (text !== '') this.#column = text.length - 1 - text.lastIndexOf('\n');
  }
}

function shortened(text: string): string {
  return cut(text.replaceAll(/\s+/g, ' '), MOST_SHOWN);
}
