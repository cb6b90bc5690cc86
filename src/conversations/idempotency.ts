import type { IdempotencyRecord } from '../core/ports/conversation-store.js';
import type { ConversationId, RunId, Tenant } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { Clock } from '../core/ports/clock.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';

/** How long a key stands for the run it began, ms. */
export const KEPT_MS = 24 * 3_600_000;

/** A request that may come twice. */
export interface IdempotentRequest {
  readonly tenant: Tenant;
  /** Method and path pattern: the same key on another route is another key. */
  readonly route: string;
  readonly key: string;
  /** SHA-256 of the body, hex. */
  readonly body_hash: string;
}

/** What a repeated request is about. */
export interface Begun {
  readonly conversation_id: ConversationId;
  readonly run_id: RunId;
  /** It was begun by an earlier request with the same key. */
  readonly repeated: boolean;
}

/**
 * Sees that requests with the same key begin one thing only, also when they come at once or after a restart. The record
 * is made durable in the same batch as what it stands for.
 */
export class Idempotency {
  readonly #underWay = new Map<string, { readonly body_hash: string; readonly begun: Promise<Begun> }>();

  constructor(
    private readonly store: ConversationStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins what the request asks for, or finds what it began.
   *
   * @throws ParleyError `idempotency_mismatch` when the key was used with another body, or what `begin` throws
   */
  async once(
    request: IdempotentRequest,
    begin: (record: IdempotencyClaim) => Promise<Omit<Begun, 'repeated'>>,
  ): Promise<Begun> {
    const id = JSON.stringify([request.tenant, request.route, request.key]);
    const other = this.#underWay.get(id);
    if (other !== undefined) {
      requireSameBody(other.body_hash, request.body_hash);
      return { ...(await other.begun), repeated: true };
    }
    const begun = this.#begin(request, begin);
    this.#underWay.set(id, { body_hash: request.body_hash, begun });
    try {
      return await begun;
    } finally {
      this.#underWay.delete(id);
    }
  }

  async #begin(request: IdempotentRequest, begin: Parameters<Idempotency['once']>[1]): Promise<Begun> {
    const now = this.clock.now();
    const known = await this.store.idempotency.find(request.tenant, request.route, request.key, now);
    if (known?.run_id !== undefined) {
      requireSameBody(known.body_hash, request.body_hash);
      return { conversation_id: known.conversation_id, run_id: known.run_id, repeated: true };
    }
    const { route, key, body_hash } = request;
    return { ...(await begin({ route, key, body_hash, expires_at: now + KEPT_MS })), repeated: false };
  }
}

/** The record, but for what it will stand for. */
export type IdempotencyClaim = Omit<IdempotencyRecord, 'conversation_id' | 'run_id'>;

function requireSameBody(before: string, now: string): void {
  if (before === now) return;
  throw new ParleyError(
    'idempotency_mismatch',
    'this Idempotency-Key was used with another body: use a new key for a new request',
  );
}
