import type { ConversationRef } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import type { RunSupervisor } from './run-supervisor.js';

/** Cancels what is under way and removes a conversation with all that belongs to it. */
export class DeleteConversation {
  constructor(
    private readonly store: ConversationStore,
    private readonly supervisor: RunSupervisor,
  ) {}

  /** @throws ParleyError `not_found` */
  async execute(ref: ConversationRef): Promise<void> {
    this.supervisor.cancel(ref);
    await this.supervisor.settled(ref);
    if (!(await this.store.catalogue.delete(ref))) throw new ParleyError('not_found', 'there is no such conversation');
    this.supervisor.dismiss(ref);
  }
}
