import type { Frame, Item, Outcome } from './door.js';

/** How a stream stopped: the server said so, the connection broke, or the client left. */
export type StreamEnd = 'over' | 'broken' | 'dropped';

export interface StreamHandles {
  /** Leaves without a word. */
  readonly drop: () => void;
  /** Stops reading from the network, and goes on. */
  readonly pause: () => void;
  readonly resume: () => void;
}

/** One client's view of one run over one connection: its frames as they come. */
export class DoorStream {
  readonly frames: Frame[] = [];
  conversation_id = '';
  run_id = '';
  /** Undefined: it goes on. */
  stopped: StreamEnd | undefined;
  /** Signs of life that are no frames. */
  signs = 0;
  /** When its reader is to come back if it breaks off, ms. */
  retry: number | undefined;
  /** The cursor of a frame or of a sign of life. */
  cursor: string | undefined;
  readonly #wake = new Set<() => void>();

  constructor(private readonly handles: StreamHandles) {}

  push(frame: Frame): void {
    if (this.stopped !== undefined) return;
    this.frames.push(frame);
    this.cursor = frame.cursor ?? this.cursor;
    this.#changed();
  }

  sign(cursor?: string): void {
    this.signs++;
    this.cursor = cursor ?? this.cursor;
    this.#changed();
  }

  /** The reader was told when to come back. */
  told(retry: number | undefined): void {
    if (retry === this.retry) return;
    this.retry = retry;
    this.#changed();
  }

  stop(how: StreamEnd): void {
    this.stopped ??= how;
    this.#changed();
  }

  /** The client leaves: nothing that comes later is kept. */
  drop(): void {
    this.stop('dropped');
    this.handles.drop();
  }

  pause(): void {
    this.handles.pause();
  }

  resume(): void {
    this.handles.resume();
  }

  /** Everything that was shown. */
  items(): Item[] {
    return this.frames.flatMap((frame) => frame.items);
  }

  text(): string {
    return textOf(this.items());
  }

  outcome(): Outcome | undefined {
    return this.items().find((item) => item.kind === 'end')?.outcome;
  }

  /** Resolves once it holds; looked at again at every frame. Rejects when the stream stops before that. */
  async until(holds: (stream: DoorStream) => boolean): Promise<void> {
    while (!holds(this)) {
      if (this.stopped !== undefined)
        throw new Error(`the stream was ${this.stopped} before that: ${JSON.stringify(this.frames.at(-1)?.raw)}`);
      await this.changed();
    }
  }

  /** Resolves when it has stopped. */
  async over(): Promise<this> {
    while (this.stopped === undefined) await this.changed();
    return this;
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#wake.add(resolve));
  }

  #changed(): void {
    const waiting = [...this.#wake];
    this.#wake.clear();
    for (const wake of waiting) wake();
  }
}

export function textOf(items: readonly Item[]): string {
  return items.map((item) => (item.kind === 'text' ? item.text : '')).join('');
}
