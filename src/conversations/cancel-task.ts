import type { RunOutcome } from '../core/events/conversation-event.js';
import type { ConversationRef, RunId } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import type { RunSupervisor } from './run-supervisor.js';

/** Stops the run that a session has under way, and says whether it was stopped or had come to its own end before. */
export class CancelTask {
  constructor(
    private readonly store: ConversationStore,
    private readonly supervisor: RunSupervisor,
  ) {}

  /**
   * Resolves once the end is durable.
   *
   * @param run_id only this one
   * @returns undefined if nothing was under way
   * @throws ParleyError `draining` if the run was left to the next process before it was stopped
   */
  async execute(ref: ConversationRef, run_id?: RunId): Promise<RunOutcome | undefined> {
    const under_way = this.supervisor.awaited(ref)?.run_id;
    if (under_way === undefined || (run_id !== undefined && run_id !== under_way)) return undefined;
    const after = this.supervisor.channel(ref)?.fold.seq ?? 0;
    this.supervisor.cancel(ref, 'now');
    await this.supervisor.settled(ref);
    const query = { after, limit: 1, types: ['run_end'], run_id: under_way } as const;
    const [end] = await this.store.log.read(ref, query);
    if (end?.body.type !== 'run_end')
      throw new ParleyError('draining', 'the server is shutting down', { retryAfter: 5 });
    return end.body.outcome;
  }
}
