import type { AgentMessage } from './agent-message.js';
import type { QueueMode } from './agent-options.js';

/** Messages that wait for a run to take them. */
export class WaitingMessages {
  #messages: AgentMessage[] = [];
  mode: QueueMode;

  constructor(mode: QueueMode = 'one-at-a-time') {
    this.mode = mode;
  }

  get size(): number {
    return this.#messages.length;
  }

  add(message: AgentMessage): void {
    this.#messages.push(message);
  }

  take(): AgentMessage[] {
    return this.mode === 'all' ? this.#messages.splice(0) : this.#messages.splice(0, 1);
  }

  /** Those that were taken and not shown to anybody wait again, first in line. */
  giveBack(messages: readonly AgentMessage[]): void {
    this.#messages.unshift(...messages);
  }

  clear(): void {
    this.#messages = [];
  }
}
