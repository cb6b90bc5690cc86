/** Counts the frames of one socket in a bucket that holds those of a second and fills evenly. */
export class FrameMeter {
  #left: number;
  #at: number;

  /** @param now ms */
  constructor(
    private readonly per_second: number,
    now: number,
  ) {
    this.#left = per_second;
    this.#at = now;
  }

  /** Whether one more is allowed. */
  take(now: number): boolean {
    const filled = (Math.max(0, now - this.#at) * this.per_second) / 1000;
    this.#left = Math.min(this.per_second, this.#left + filled);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
