import type { ConversationStatus } from '../core/events/fold.js';
import type { ConversationRef } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import type { CancelMode, RunSupervisor } from './run-supervisor.js';

/** Stops the run of a conversation. Idempotent: one that is over stays as it ended. */
export class CancelRun {
  constructor(
    private readonly store: ConversationStore,
    private readonly supervisor: RunSupervisor,
  ) {}

  /**
   * Mode `now` resolves once the run's end is durable; `after_turn` at once.
   *
   * @throws ParleyError `not_found`
   */
  async execute(ref: ConversationRef, mode: CancelMode): Promise<ConversationStatus> {
    const cancelled = this.supervisor.cancel(ref, mode);
    if (cancelled && mode === 'now') await this.supervisor.settled(ref);
    const record = await this.store.catalogue.get(ref);
    if (record === undefined) throw new ParleyError('not_found', 'there is no such conversation');
    return record.status;
  }
}
