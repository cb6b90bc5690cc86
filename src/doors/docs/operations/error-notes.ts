/** Says of `storage_unavailable`. */
export const NO_STORE = 'The store cannot be reached.';

/** Refusals of whatever begins a run. */
export const RUN_ERRORS = {
  idempotency_mismatch: 'The key was used with another body.',
  too_many_runs: 'As many runs of this key are under way as may be.',
  draining: 'The server is shutting down.',
  overloaded: 'Too much is under way.',
  storage_unavailable: NO_STORE,
  storage_full: 'The store is full.',
} as const;
