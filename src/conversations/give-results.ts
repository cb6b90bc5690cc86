import type { ConversationRef, RunId } from '../core/kernel/ids.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import type { ClientResult } from '../core/ports/input-source.js';
import type { RunSupervisor } from './run-supervisor.js';

/** What came of one call that a client was asked to run. */
export interface ToolResult extends ClientResult {
  readonly tool_call_id: string;
}

/** How results were received. */
export type GivenResults =
  | { readonly kind: 'accepted' }
  /** The session has no such run. */
  | { readonly kind: 'unknown_run' }
  /** The run is over. */
  | { readonly kind: 'ended' }
  /** The run is under way and awaits no result. */
  | { readonly kind: 'none_awaited' }
  /** Some are of calls that are not awaited: none was taken. */
  | {
      readonly kind: 'mismatch';
      readonly required: readonly string[];
      readonly received: readonly string[];
      readonly missing: readonly string[];
      readonly extra: readonly string[];
    };

/** Takes the results of tools that a client runs, all of them or none. Those that are still missing are waited for. */
export class GiveResults {
  constructor(
    private readonly store: ConversationStore,
    private readonly supervisor: RunSupervisor,
  ) {}

  /**
   * Resolves once they are durable.
   *
   * @throws ParleyError of the store
   */
  async execute(ref: ConversationRef, run_id: RunId, results: readonly ToolResult[]): Promise<GivenResults> {
    const awaited = this.supervisor.awaited(ref);
    if (awaited?.run_id !== run_id) {
      const run = await this.store.runs.get(ref, run_id);
      return { kind: run === undefined ? 'unknown_run' : 'ended' };
    }
    const required = awaited.calls;
    if (required.length === 0) return { kind: 'none_awaited' };
    const received = results.map(({ tool_call_id }) => tool_call_id);
    const extra = received.filter((id, index) => !required.includes(id) || received.indexOf(id) !== index);
    if (extra.length > 0) {
      const missing = required.filter((id) => !received.includes(id));
      return { kind: 'mismatch', required, received, missing, extra };
    }
    // All are handed over before anything else can happen: none of them comes too late any more.
    await Promise.all(
      results.map(({ tool_call_id, ...result }) => this.supervisor.giveResult(ref, tool_call_id, result)),
    );
    return { kind: 'accepted' };
  }
}
