/** One event of a stream of server-sent events. */
export interface ServerEvent {
  /** The last `id:` so far. */
  readonly id: string;
  readonly data: string;
}

/** Reads server-sent events (WHATWG HTML 9.2.6) out of text as it arrives: as much of it as this server sends. */
export class SseReader {
  #id = '';
  #rest = '';
  #data: string[] = [];

  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (this.#data.length > 0) events.push({ id: this.#id, data: this.#data.join('\n') });
        this.#data = [];
      } else if (line.startsWith('data:')) this.#data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
      else if (line.startsWith('id:')) this.#id = line.slice(3).trim();
    }
    return events;
  }
}
