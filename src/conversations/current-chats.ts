import type { ConversationId, Tenant } from '../core/kernel/ids.js';
import type { ConversationCatalogue } from '../core/ports/conversation-store.js';

/** Remembered; beyond it the longest unused one is looked up again. About 150 bytes each. */
const REMEMBERED = 10_000;

/** Which conversation a caller is in, where it does not say: the newest of that owner. */
export class CurrentChats {
  /** In the order of their last use. */
  readonly #known = new Map<string, ConversationId>();

  async find(catalogue: ConversationCatalogue, tenant: Tenant, owner: string): Promise<ConversationId | undefined> {
    const known = this.#known.get(keyOf(tenant, owner));
    if (known !== undefined) {
      this.set(tenant, owner, known);
      // It may have been deleted, or removed by retention, meanwhile.
      return (await catalogue.get({ tenant, conversation_id: known })) === undefined ? undefined : known;
    }
    const [newest] = await catalogue.list(tenant, { kind: 'chat', owner, limit: 1 });
    if (newest !== undefined) this.set(tenant, owner, newest.conversation_id);
    return newest?.conversation_id;
  }

  set(tenant: Tenant, owner: string, id: ConversationId): void {
    const key = keyOf(tenant, owner);
    this.#known.delete(key);
    this.#known.set(key, id);
    if (this.#known.size <= REMEMBERED) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

function keyOf(tenant: Tenant, owner: string): string {
  return JSON.stringify([tenant, owner]);
}
