/** Injection token of `ApiStreamLimits`. */
export const API_STREAM_LIMITS = Symbol('ApiStreamLimits');

/** What bodies of POST /api/stream may hold. */
export interface ApiStreamLimits {
  /** Messages of a context. */
  readonly history_messages: number;
}
