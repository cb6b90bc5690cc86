import { expect } from '@jest/globals';
import type { Fact, FactBody } from '../../../src/core/events/conversation-event.js';
import { EMPTY_FOLD, type ConversationFold } from '../../../src/core/events/fold.js';
import { AGENT_DEFAULTS, type AgentSpec } from '../../../src/core/agent/agent-spec.js';
import type { ConversationId, ConversationRef, MessageId, RunId, Tenant } from '../../../src/core/kernel/ids.js';
import type { ErrorCode } from '../../../src/core/kernel/parley-error.js';
import type {
  AppendBatch,
  ConversationStore,
  IdempotencyRecord,
  NewConversation,
  RunRecord,
} from '../../../src/core/ports/conversation-store.js';
import { SystemIds } from '../../../src/runtime/system-ids.js';

/** Some instant; the store never looks at the clock. */
export const T0 = 1_700_000_000_000;

const ids = new SystemIds();

export function tenant(name: string): Tenant {
  return name as Tenant;
}

export function newRef(of = 'alice'): ConversationRef {
  return { tenant: tenant(of), conversation_id: ids.conversation() };
}

export function newRun(): RunId {
  return ids.run();
}

export function newMessage(): MessageId {
  return ids.message();
}

export const CHAT: NewConversation = {
  kind: 'chat',
  created_at: T0,
  settings: { agent: 'helper', limits: { turns: 3 } },
};

export const AGENT: AgentSpec = {
  ...AGENT_DEFAULTS,
  key: 'helper',
  instructions: 'Say "hi" \u0000 \ud800 ünd 🙂',
  model: 'gpt-4o',
  tools: ['calculate'],
};

/** Numbered facts from the bodies. */
export function facts(ref: ConversationRef, from: number, bodies: readonly FactBody[], run_id?: RunId): Fact[] {
  return bodies.map((body, index) => ({
    seq: from + index,
    at: T0 + from + index,
    conversation_id: ref.conversation_id,
    ...(run_id === undefined ? {} : { run_id }),
    body,
  }));
}

/** `count` facts of a few dozen characters. */
export function turns(ref: ConversationRef, from: number, count: number, run_id?: RunId): Fact[] {
  const bodies = Array.from({ length: count }, (_, index): FactBody => ({ type: 'turn_start', turn: from + index }));
  return facts(ref, from, bodies, run_id);
}

/** A batch with these facts and the least else. */
export function batch(ref: ConversationRef, list: readonly Fact[], more: Partial<AppendBatch> = {}): AppendBatch {
  return {
    ref,
    expected_seq: list[0]?.seq ?? 1,
    facts: list,
    summary: { status: 'running', turn_count: 0, updated_at: T0 },
    ...more,
  };
}

/** Creates a conversation with `count` facts. */
export async function create(
  store: ConversationStore,
  ref: ConversationRef,
  count = 1,
  more: Partial<AppendBatch> = {},
): Promise<void> {
  await store.log.append(batch(ref, turns(ref, 1, count), { create: CHAT, ...more }));
}

export function runOf(ref: ConversationRef, more: Partial<RunRecord> = {}): RunRecord {
  return {
    ...ref,
    run_id: newRun(),
    kind: 'chat',
    state: 'running',
    on_disconnect: 'continue',
    start_seq: 1,
    started_at: T0,
    fence: 1,
    lease_owner: 'server-1',
    lease_until: T0 + 30_000,
    ...more,
  };
}

export function foldAt(seq: number): ConversationFold {
  return { ...EMPTY_FOLD, seq, status: 'running', terminated_by: { reason: 'answered', detail: 'näh \u0000 \ud800' } };
}

export function claim(ref: ConversationRef, more: Partial<IdempotencyRecord> = {}): IdempotencyRecord {
  return {
    route: 'POST /v1/chat',
    key: 'key-1',
    body_hash: 'ab'.repeat(32),
    conversation_id: ref.conversation_id,
    expires_at: T0 + 1_000,
    ...more,
  };
}

export async function readAll(store: ConversationStore, ref: ConversationRef): Promise<readonly Fact[]> {
  return store.log.read(ref, { after: 0, limit: 100_000 });
}

/** Ids come back in lists as they were given. */
export function idsOf(list: readonly { readonly conversation_id: ConversationId }[]): ConversationId[] {
  return list.map(({ conversation_id }) => conversation_id);
}

export async function expectRefusal(call: Promise<unknown>, code: ErrorCode): Promise<void> {
  await expect(call).rejects.toMatchObject({ name: 'ParleyError', code });
}
