/** Injection token of what the server shows of its set-up. */
export const SERVER_FACTS = Symbol('ServerFacts');

/** What the server shows of its set-up: plain data without secrets. */
export interface ServerFacts {
  readonly config: Readonly<Record<string, unknown>>;
  readonly evaluator_types: readonly string[];
  readonly evaluators: readonly Readonly<Record<string, unknown>>[];
}
