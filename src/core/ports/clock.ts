/** Time, injected: core and plugins never ask the system themselves. */
export interface Clock {
  /** Wall clock, ms since the epoch: for what is written down. */
  now(): number;
  /** Calls back once after `ms` of monotonic time; the returned function cancels it. Keeps no process alive. */
  after(ms: number, callback: () => void): () => void;
}
