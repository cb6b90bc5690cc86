import type { Clock } from '../../core/ports/clock.js';

/** A peer is asked for a sign of life so often, and has as long to give it, ms. */
const PING_MS = 20_000;
/** A peer that has more than so many bytes to read before the question gets so many times as long for the answer. */
const MUCH_BYTES = 64 * 1024;
const PATIENCE = 3;

/** What liveness is judged by. */
export interface Pulse {
  ping(): void;
  /** Bytes not yet given to the network. */
  queued(): number;
  /** Bytes given to the network, about; changes whenever the peer takes something. */
  progress(): number;
  /** The peer is gone. */
  lost(): void;
}

/**
 * Finds peers that are gone without a word: within 40 s where nothing is under way to them. One that has much to read
 * gets to the question late: it has more time, and while its queue gets shorter it counts as alive.
 */
export class Liveness {
  #silent = 0;
  #progress: number;
  #progressWhenHeard: number;
  #disarm: () => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly pulse: Pulse,
  ) {
    this.#progress = pulse.progress();
    this.#progressWhenHeard = this.#progress;
    this.#arm();
  }

  /** Something came from the peer. */
  heard(): void {
    this.#silent = 0;
    this.#progressWhenHeard = this.pulse.progress();
  }

  stop(): void {
    this.#disarm();
  }

  #arm(): void {
    this.#disarm = this.clock.after(PING_MS, () => this.#beat());
  }

  #beat(): void {
    const { pulse } = this;
    const progress = pulse.progress();
    const isBehind = pulse.queued() > 0;
    if (isBehind && progress !== this.#progress) this.#silent = 0;
    this.#progress = progress;
    const hasMuch = isBehind || progress - this.#progressWhenHeard > MUCH_BYTES;
    const patience = hasMuch ? PATIENCE : 1;
    if (this.#silent >= patience) {
      pulse.lost();
      return;
    }
    this.#silent++;
    pulse.ping();
    this.#arm();
  }
}
