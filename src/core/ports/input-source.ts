/** What somebody gave when asked. */
export interface Given<Value> {
  readonly value: Value;
  /** Called once the value is in the log, so that whoever gave it can wait until it is durable. */
  readonly accepted: () => void;
}

/**
 * Where a loop gets what others have to give: actions of people, results of tools that a client runs. A loop asks, a door
 * answers, maybe hours later.
 */
export interface InputSource<Value> {
  /**
   * Waits for the next value of somebody.
   *
   * @param from who is asked: a person's name, the id of a tool call
   * @param deadline ms since the epoch
   * @returns the value, or why there is none; never rejects
   */
  next(from: string, deadline: number, signal: AbortSignal): Promise<Given<Value> | 'timeout' | 'aborted'>;
}

/** What a client says came of a tool call. */
export interface ClientResult {
  readonly is_error: boolean;
  /** For the model: text, or JSON as text. */
  readonly result: string;
}
