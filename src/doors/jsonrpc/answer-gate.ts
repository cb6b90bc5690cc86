import type { SharedFrames } from '../../core/events/shared-frames.js';
import type { ParleyError } from '../../core/kernel/parley-error.js';
import type { StreamSocket } from '../wire/socket-stream.js';
import { END_HEAD } from './notification.js';

/** Keeps the notifications of a socket back while a call is carried out, so that its answer comes first. */
export class AnswerGate implements StreamSocket {
  #held: string[] | undefined;
  #heldChars = 0;
  /** The answer comes behind so much of what is held back, if not before all of it. */
  #before: number | undefined;
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

  /** The answer will say that a task was stopped: what there is of it by now comes before, but for its end. The first counts. */
  stopped(): void {
    const frames = this.#held ?? [];
    const isEnd = frames.at(-1)?.startsWith(END_HEAD) === true;
    this.#before ??= frames.length - (isEnd ? 1 : 0);
  }

  /** Lets what was held back go, before the answer: nothing else comes until it is taken. */
  pass(): void {
    this.release(undefined);
  }

  /**
   * Sends the answer, and what was held back.
   *
   * @param answer undefined: there is none
   */
  release(answer: string | undefined): void {
    const frames = this.#held ?? [];
    const ordered = answer === undefined ? frames : frames.toSpliced(this.#before ?? 0, 0, answer);
    this.#held = undefined;
    this.#heldChars = 0;
    this.#before = undefined;
    for (const frame of ordered) this.socket.send(frame);
    for (const callback of this.#waiting.splice(0)) this.socket.onDrained(callback);
  }
}
