import type { SharedFrames } from '../core/events/shared-frames.js';
import type { WatcherSink } from './watcher.js';
import type { PacedWriter, WritePacer } from './write-pacer.js';

/**
 * A watcher's connection whose share of large events waits for its turn. What comes behind something that waits, waits too:
 * the order stays.
 */
export class PacedSink implements WatcherSink, PacedWriter {
  readonly #held: (string | SharedFrames)[] = [];
  #heldChars = 0;
  #onReleased: (() => void)[] = [];
  #ended = false;

  constructor(
    private readonly sink: WatcherSink,
    private readonly pacer: WritePacer,
  ) {}

  write(frames: string): void {
    if (this.#held.length === 0) this.sink.write(frames);
    else this.#hold(frames, frames.length);
  }

  writeShared(frames: SharedFrames): void {
    if (this.#held.length > 0) this.#hold(frames, frames.text.length);
    else if (this.pacer.exhausted) {
      this.#hold(frames, frames.text.length);
      this.pacer.queue(this);
    } else this.#give(frames);
  }

  queued(): number {
    return this.sink.queued() + this.#heldChars;
  }

  onDrained(callback: () => void): void {
    if (this.#held.length === 0) this.sink.onDrained(callback);
    else this.#onReleased.push(callback);
  }

  progress(): number {
    return this.sink.progress?.() ?? -this.queued();
  }

  end(): void {
    if (this.#held.length === 0) this.sink.end();
    else this.#ended = true;
  }

  /** The reader is told where it stands: what it is said to have must be on its way. */
  cut(error?: unknown): void {
    while (this.writeNext());
    this.sink.cut(error);
  }

  /** The connection is gone. */
  discard(): void {
    this.#held.length = 0;
    this.#heldChars = 0;
    this.#onReleased = [];
    this.#ended = false;
  }

  writeNext(): boolean {
    const next = this.#held.shift();
    if (next === undefined) return false;
    this.#heldChars -= typeof next === 'string' ? next.length : next.text.length;
    if (typeof next === 'string') this.sink.write(next);
    else this.#give(next);
    if (this.#held.length > 0) return true;
    for (const callback of this.#onReleased.splice(0)) this.sink.onDrained(callback);
    if (this.#ended) this.sink.end();
    return false;
  }

  #give(frames: SharedFrames): void {
    this.pacer.count(frames.text.length);
    if (this.sink.writeShared === undefined) this.sink.write(frames.text);
    else this.sink.writeShared(frames);
  }

  #hold(frames: string | SharedFrames, chars: number): void {
    this.#held.push(frames);
    this.#heldChars += chars;
  }
}
