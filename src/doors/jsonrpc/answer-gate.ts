import type { SharedFrames } from '../../core/events/shared-frames.js';
import type { ParleyError } from '../../core/kernel/parley-error.js';
import type { StreamSocket } from '../wire/socket-stream.js';
import { END_HEAD } from './notification.js';

/** Keeps the notifications of a socket back while a call is carried out, so that its answer comes first. */
export class AnswerGate implements StreamSocket {
  #held: string[] | undefined;
  #heldChars = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly socket: StreamSocket) {}

  /** From now on, until the answer is sent. */
  hold(): void {
    this.#held ??= [];
  }

  send(frames: string): void {
    if (this.#held === undefined) this.socket.send(frames);
    else {
      this.#held.push(frames);
      this.#heldChars += frames.length;
    }
  }

  sendShared(frames: SharedFrames): void {
    if (this.#held === undefined) this.socket.sendShared(frames);
    else this.send(frames.text);
  }

  queued(): number {
    return this.socket.queued() + this.#heldChars;
  }

  onDrained(callback: () => void): void {
    if (this.#held === undefined) this.socket.onDrained(callback);
    else this.#waiting.push(callback);
  }

  progress(): number {
    return this.socket.progress();
  }

  fail(error: ParleyError): void {
    this.socket.fail(error);
  }

  /**
   * Sends the answer, and what was held back.
   *
   * @param answer undefined: there is none
   * @param stopped the answer says that a task was stopped: all of it comes before, but for its end
   */
  release(answer: string | undefined, stopped: boolean): void {
    const frames = this.#held ?? [];
    this.#held = undefined;
    this.#heldChars = 0;
    const isEnd = frames.at(-1)?.startsWith(END_HEAD) === true;
    const at = stopped ? frames.length - (isEnd ? 1 : 0) : 0;
    const ordered = answer === undefined ? frames : frames.toSpliced(at, 0, answer);
    for (const frame of ordered) this.socket.send(frame);
    for (const callback of this.#waiting.splice(0)) this.socket.onDrained(callback);
  }
}
