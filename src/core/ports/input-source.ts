import type { Action } from '../events/conversation-event.js';

/** What a person did when asked. */
export interface GivenInput {
  readonly action: Action;
  /** Called once the action is in the log, so that whoever gave it can wait until it is durable. */
  readonly accepted: () => void;
}

/** Where the actions of people come from: a loop asks, a door answers, maybe hours later. */
export interface InputSource {
  /**
   * Waits for the next action of a person.
   *
   * @param deadline ms since the epoch
   * @returns the action, or why there is none; never rejects
   */
  next(agent: string, deadline: number, signal: AbortSignal): Promise<GivenInput | 'timeout' | 'aborted'>;
}
