import type { MultiAgentView } from '../conversations/conversation-view.js';
import type { Delta, Fact } from '../core/events/conversation-event.js';
import type { Encoder } from '../core/events/encoder.js';

/** Prints a conversation as it happens. An encoder: it looks at events, and has no frames for anybody. */
export class DemoPrinter implements Encoder {
  #speaking: string | undefined;

  constructor(private readonly out: { write(text: string): unknown } | undefined) {}

  fact(fact: Fact): string {
    const body = fact.body;
    switch (body.type) {
      case 'turn_start':
        this.#line(`\n── turn ${body.turn} ${'─'.repeat(50)}`);
        break;
      case 'conversation_state':
        this.#line(`   (${fact.agent} wants: ${body.goal})`);
        break;
      case 'action':
        this.#endOfLine();
        if (body.action_type === 'none') this.#line(`${fact.agent} does nothing`);
        else if (body.action_type !== 'speak') this.#line(`   [${fact.agent}: ${body.action_type}]`);
        break;
      case 'evaluation_start':
        if (body.scope === 'terminal') this.#line('\njudging …');
        break;
      case 'run_end':
        this.#line(`\n${body.outcome} (${body.code})${body.detail === undefined ? '' : `: ${body.detail}`}`);
        break;
      default:
    }
    return '';
  }

  delta(delta: Delta): string {
    if (delta.block !== 'text') return '';
    if (this.#speaking !== delta.message_id) {
      this.#endOfLine();
      this.#speaking = delta.message_id;
      this.out?.write(`${delta.agent}: `);
    }
    this.out?.write(delta.text);
    return '';
  }

  heartbeat(): string {
    return '';
  }

  farewell(): string {
    return '';
  }

  #endOfLine(): void {
    if (this.#speaking !== undefined) this.out?.write('\n');
    this.#speaking = undefined;
  }

  #line(text: string): void {
    this.#endOfLine();
    this.out?.write(`${text}\n`);
  }
}

/** The judgement as a table: a row per dimension, a column per agent; a dash where nothing was scored. */
export function scoreTable(view: MultiAgentView): string {
  const agents = view.settings.participants.map((participant) => participant.name);
  const scores = view.verdict?.per_agent ?? {};
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
  return `\n${lines.join('\n')}\n`;
}

function cell(value: number | null | undefined): string {
  return typeof value === 'number' ? value.toFixed(1) : '–';
}
