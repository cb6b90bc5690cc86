import { ParleyError } from '../../core/kernel/parley-error.js';
import type { AgentRecords } from '../../core/ports/agent-records.js';
import type {
  ConversationCatalogue,
  ConversationStore,
  EventLog,
  Expiry,
  IdempotencyRecords,
  RunRegistry,
  StorageSpace,
} from '../../core/ports/conversation-store.js';
import { MemoryAgents } from './memory-agents.js';
import { MemoryCatalogue } from './memory-catalogue.js';
import { MemoryExpiry, MemorySpace } from './memory-expiry.js';
import { MemoryLog } from './memory-log.js';
import { MemoryIdempotency, MemoryRuns } from './memory-runs.js';
import { MemoryState } from './memory-state.js';

/**
 * The reference store, for tests and trials: says in the shortest way what the port means. All of it is lost with the
 * process; a stop keeps it for the next start of the same object.
 */
export class MemoryStore implements ConversationStore {
  readonly log: EventLog;
  readonly catalogue: ConversationCatalogue;
  readonly runs: RunRegistry;
  readonly idempotency: IdempotencyRecords;
  readonly agents: AgentRecords;
  readonly expiry: Expiry;
  readonly space: StorageSpace;
  readonly #state = new MemoryState();

  constructor() {
    this.log = new MemoryLog(this.#state);
    this.catalogue = new MemoryCatalogue(this.#state);
    this.runs = new MemoryRuns(this.#state);
    this.idempotency = new MemoryIdempotency(this.#state);
    this.agents = new MemoryAgents(this.#state);
    this.expiry = new MemoryExpiry(this.#state);
    this.space = new MemorySpace(this.#state);
  }

  async start(): Promise<void> {
    if (this.#state.isOpen) throw new ParleyError('internal', 'the store was started already');
    this.#state.isOpen = true;
  }

  async check(_signal: AbortSignal): Promise<void> {
    this.#state.requireOpen();
  }

  async stop(): Promise<void> {
    this.#state.isOpen = false;
  }
}
