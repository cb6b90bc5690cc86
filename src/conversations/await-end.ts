import type { ConversationRef } from '../core/kernel/ids.js';
import type { Clock } from '../core/ports/clock.js';
import type { RunSupervisor } from './run-supervisor.js';

/** Waits for the run of a conversation to end, but not for ever. */
export class AwaitEnd {
  constructor(
    private readonly supervisor: RunSupervisor,
    private readonly clock: Clock,
  ) {}

  /** @returns whether nothing of the conversation runs any more */
  async execute(ref: ConversationRef, seconds: number, signal: AbortSignal): Promise<boolean> {
    let disarm: (() => void) | undefined;
    const patience = new Promise<false>((resolve) => {
      disarm = this.clock.after(seconds * 1000, () => resolve(false));
      signal.addEventListener('abort', () => resolve(false), { once: true });
    });
    const ended = this.supervisor.settled(ref).then(() => true);
    try {
      return await Promise.race([ended, patience]);
    } finally {
      disarm?.();
    }
  }
}
