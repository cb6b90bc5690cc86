import type { ChatSettings, ClientTool } from '../core/agent/settings.js';
import { SETTLED } from '../core/conversation/state-machine.js';
import type { ConversationRef } from '../core/kernel/ids.js';
import type { Clock } from '../core/ports/clock.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';

/** A session as its client left it. */
export interface Session {
  readonly client_tools: readonly ClientTool[];
}

/** Finds the session of a client. */
export class FindSession {
  /** @param idle_ms a session without a run for so long is over, also before retention has come to it */
  constructor(
    private readonly store: ConversationStore,
    private readonly clock: Clock,
    private readonly idle_ms: number,
  ) {}

  /** @returns undefined if there is none of that tenant, or it is over */
  async execute(ref: ConversationRef): Promise<Session | undefined> {
    const record = await this.store.catalogue.get(ref);
    if (record?.kind !== 'session') return undefined;
    const idle = SETTLED.has(record.status) && this.clock.now() - record.updated_at > this.idle_ms;
    if (idle) return undefined;
    const { client_tools } = record.settings as unknown as ChatSettings;
    return { client_tools: client_tools ?? [] };
  }
}
