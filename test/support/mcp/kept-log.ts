import type { McpLog } from '../../../src/tools/mcp/mcp-settings.js';

type About = Readonly<Record<string, unknown>>;

export interface Line {
  readonly level: 'debug' | 'info' | 'warn';
  readonly about: About;
  readonly message: string;
}

/** A log that is kept, and whose lines can be waited for. */
export class KeptLog implements McpLog {
  readonly lines: Line[] = [];
  #waiting: { readonly fits: (line: Line) => boolean; readonly resolve: (line: Line) => void }[] = [];

  debug(about: About, message: string): void {
    this.#add({ level: 'debug', about, message });
  }

  info(about: About, message: string): void {
    this.#add({ level: 'info', about, message });
  }

  warn(about: About, message: string): void {
    this.#add({ level: 'warn', about, message });
  }

  /** The next line that says this in its message or its texts. */
  async next(text: string): Promise<Line> {
    return new Promise((resolve) => {
      this.#waiting.push({ fits: (line) => JSON.stringify(line).includes(text), resolve });
    });
  }

  /** A line that says this, kept already or still to come. */
  async when(text: string): Promise<Line> {
    return this.lines.find((line) => JSON.stringify(line).includes(text)) ?? this.next(text);
  }

  #add(line: Line): void {
    this.lines.push(line);
    const met = this.#waiting.filter(({ fits }) => fits(line));
    this.#waiting = this.#waiting.filter((one) => !met.includes(one));
    for (const { resolve } of met) resolve(line);
  }
}
