import type { JsonObject, SampleValues } from './json-schema.js';

/** Characters of a message that are read: how long that takes grows faster than they do. */
const READ = 2_000;

/** What arguments can be read out of a message: each quoted text and each number goes to one of them. */
export class MessageValues implements SampleValues {
  readonly #quoted: string[];
  readonly #numbers: number[];

  /** @param readers what else a message says, by the names of what it is wanted for */
  constructor(
    private readonly message: string,
    private readonly readers: readonly MessageReader[],
  ) {
    const read = message.slice(0, READ);
    this.#quoted = [...read.matchAll(QUOTED)].map((match) => match[1] ?? '');
    const numbers = read.replaceAll(QUOTED, ' ').matchAll(/(?<![\w.-])-?\d+(?:\.\d+)?(?![\w-]|\.\d)/g);
    this.#numbers = [...numbers].map(([text]) => Number(text));
  }

  text(name: string, node: JsonObject): string {
    const quoted = this.#quoted.shift();
    if (quoted !== undefined) return quoted;
    const wanted = `${name} ${typeof node['format'] === 'string' ? node['format'] : ''}`;
    const reader = this.readers.find(({ wanted: names }) => names.test(wanted));
    return reader?.read(this.message.slice(0, READ)) ?? this.message;
  }

  number(fits: (value: number) => boolean): number | undefined {
    const index = this.#numbers.findIndex(fits);
    return index < 0 ? undefined : this.#numbers.splice(index, 1)[0];
  }

  said(text: string): boolean {
    return this.message.toLowerCase().includes(text.toLowerCase());
  }
}

/** What names of properties want, and how a message is read for it. */
export interface MessageReader {
  readonly wanted: RegExp;
  read(message: string): string | undefined;
}

const QUOTED = /["“]([^"”]+)["”]/g;

/** The first text of a form, as a reader. */
export function firstOf(wanted: RegExp, form: RegExp): MessageReader {
  return { wanted, read: (message) => form.exec(message)?.[0] };
}
