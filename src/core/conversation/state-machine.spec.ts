import { describe, expect, it } from '@jest/globals';
import type { Fact, FactBody } from '../events/conversation-event.js';
import { EMPTY_FOLD, evolveFold, type ConversationStatus } from '../events/fold.js';
import type { ConversationId, RunId } from '../kernel/ids.js';
import { decide, INITIAL_STATUS, reachableFrom, SETTLED, TRANSITIONS } from './state-machine.js';

const STATUSES: ConversationStatus[] = ['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'];
const USAGE = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
const BODIES: FactBody[] = [
  { type: 'run_start', kind: 'multi_agent', on_disconnect: 'continue' },
  { type: 'input_requested', turn: 1 },
  { type: 'action', turn: 1, action_type: 'speak', argument: 'x' },
  { type: 'run_end', outcome: 'completed', code: 'left', usage: USAGE },
  { type: 'run_end', outcome: 'failed', code: 'upstream', usage: USAGE },
  { type: 'run_end', outcome: 'cancelled', code: 'cancelled', usage: USAGE },
];

describe('conversation state machine', () => {
  it('reaches every status from the first, and a settled one from every status', () => {
    expect([...reachableFrom(INITIAL_STATUS)].toSorted()).toEqual(STATUSES.toSorted());
    for (const status of STATUSES) {
      expect([...reachableFrom(status)].some((next) => SETTLED.has(next) && next !== 'queued')).toBe(true);
    }
  });

  it('names known statuses only and never stays where it is', () => {
    for (const status of STATUSES) {
      expect(TRANSITIONS[status].every((next) => STATUSES.includes(next) && next !== status)).toBe(true);
    }
  });

  it('is what the fold does: every step of a fold from a legal status is a legal transition', () => {
    const walk = (fold: typeof EMPTY_FOLD, depth: number): void => {
      if (depth === 0) return;
      for (const body of BODIES) {
        // A log holds run_start only while nothing runs, and the rest only inside a run.
        if ((body.type === 'run_start') !== SETTLED.has(fold.status)) continue;
        const fact: Fact = {
          body,
          seq: fold.seq + 1,
          at: 0,
          conversation_id: 'c' as ConversationId,
          run_id: 'r' as RunId,
        };
        const next = evolveFold(fold, fact);
        if (next.status !== fold.status) expect(TRANSITIONS[fold.status]).toContain(next.status);
        walk(next, depth - 1);
      }
    };
    walk(EMPTY_FOLD, 5);
    expect.hasAssertions();
  });

  it('decides on commands by status', () => {
    expect(decide('running', 'begin_run')).toEqual({
      ok: false,
      reason: 'a run of this conversation is under way (running)',
    });
    expect(decide('completed', 'begin_run')).toEqual({ ok: true });
    expect(decide('completed', 'cancel').ok).toBe(false);
    expect(decide('waiting', 'give_input')).toEqual({ ok: true });
  });
});
