import type { ChatSettings, ClientTool } from '../core/agent/settings.js';
import type { ConversationRef, Tenant } from '../core/kernel/ids.js';
import type { Clock } from '../core/ports/clock.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import type { IdSource } from '../core/ports/id-source.js';

/** Key that stands for "no agent" in the settings of a session: a run names one, or the model answers alone. */
const NO_AGENT = 'model';

/** Makes the session of a client that runs its own tools: a conversation in which nothing has happened yet. */
export class CreateSession {
  constructor(
    private readonly store: ConversationStore,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  /**
   * Resolves once it is durable.
   *
   * @throws ParleyError `storage_full`, `storage_unavailable`
   */
  async execute(tenant: Tenant, client_tools: readonly ClientTool[]): Promise<ConversationRef> {
    const ref = { tenant, conversation_id: this.ids.conversation() };
    const created_at = this.clock.now();
    const tools = client_tools.length === 0 ? {} : { client_tools };
    const settings: ChatSettings = { kind: 'session', agent: NO_AGENT, ...tools };
    await this.store.log.append({
      ref,
      expected_seq: 1,
      facts: [],
      create: {
        kind: 'session',
        created_at,
        settings: settings as unknown as Readonly<Record<string, unknown>>,
      },
      summary: { status: 'queued', turn_count: 0, updated_at: created_at },
    });
    return ref;
  }
}
