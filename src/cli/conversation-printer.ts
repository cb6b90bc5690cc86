import type { FactBody } from '../core/events/conversation-event.js';
import type { AgentScores } from '../core/multi-agent/aggregate.js';
import { printable } from './terminal.js';

export interface Output {
  write(text: string): unknown;
}

/** Prints a conversation as it happens, for people. */
export class ConversationPrinter {
  #speaking: string | undefined;

  /** @param out absent: nothing is printed */
  constructor(private readonly out: Output | undefined) {}

  fact(body: FactBody, agent: string | undefined): void {
    switch (body.type) {
      case 'turn_start':
        this.line(`\n── turn ${body.turn} ${'─'.repeat(50)}`);
        break;
      case 'conversation_state':
        this.line(`   (${agent} wants: ${body.goal})`);
        break;
      case 'message_end':
        // A person's words come whole.
        if (body.role === 'user' && body.text !== '') this.line(`${agent ?? 'user'}: ${body.text}`);
        break;
      case 'message_discarded':
        if (this.#speaking === body.message_id) this.line('   (that is taken back: it comes again)');
        break;
      case 'action':
        this.#endOfLine();
        if (body.action_type === 'none') this.line(`${agent} does nothing`);
        else if (body.action_type !== 'speak') this.line(`   [${agent}: ${body.action_type}]`);
        break;
      case 'warning':
        this.line(`   (${body.detail})`);
        break;
      case 'evaluation_start':
        if (body.scope === 'terminal') this.line('\njudging …');
        break;
      case 'run_end':
        this.line(`\n${body.outcome} (${body.code})${body.detail === undefined ? '' : `: ${body.detail}`}`);
        break;
      default:
    }
  }

  text(message_id: string, agent: string | undefined, text: string): void {
    if (this.#speaking !== message_id) {
      this.#endOfLine();
      this.#speaking = message_id;
      this.#write(`${agent}: `);
    }
    this.#write(text);
  }

  /** A line of its own, whatever was being said. */
  line(text: string): void {
    this.#endOfLine();
    this.#write(`${text}\n`);
  }

  #endOfLine(): void {
    if (this.#speaking !== undefined) this.#write('\n');
    this.#speaking = undefined;
  }

  #write(text: string): void {
    this.out?.write(printable(text));
  }
}

/** Scores of agents as a table: a row per dimension, a column per agent; a dash where nothing was scored. */
export function scoreTable(agents: readonly string[], scores: Readonly<Record<string, AgentScores>>): string {
  const dimensions = [...new Set(agents.flatMap((agent) => Object.keys(scores[agent]?.dimensions ?? {})))];
  const rows = [
    ['', ...agents],
    ...dimensions.map((dimension) => [dimension, ...agents.map((agent) => cell(scores[agent]?.dimensions[dimension]))]),
    ['overall', ...agents.map((agent) => cell(scores[agent]?.overall_score))],
  ];
  const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  return printable(`\n${lines.join('\n')}\n`);
}

function cell(value: number | null | undefined): string {
  return typeof value === 'number' ? value.toFixed(1) : '–';
}
