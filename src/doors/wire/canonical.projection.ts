import type { Delta, Fact, RunStart, ToolUpdate } from '../../core/events/conversation-event.js';
import type { ConversationFold } from '../../core/events/fold.js';
import type { Projection } from './projection.js';
import { timestamp } from './timestamp.js';

/** From so many characters on, a delta is made once for all doors that show the log as it is. */
const LARGE_TEXT = 4 * 1024;

/**
 * The last of them: doors are asked one after the other. Not a WeakMap: that keeps its young values until the whole heap is
 * collected, and they make that necessary twice as often.
 */
let last: { readonly delta: Delta; readonly cursor: string; readonly json: string } | undefined;

/** The log as it is: one frame an event, the envelope and the body in one object. */
export class CanonicalProjection implements Projection {
  readonly name = 'canonical';
  readonly ignores_run_text = true;

  fact(fact: Fact, _before: ConversationFold, cursor: string): readonly string[] {
    return [JSON.stringify(canonicalFact(fact, cursor))];
  }

  delta(delta: Delta, cursor: string): string {
    if (delta.text.length < LARGE_TEXT) return canonicalDelta(delta, cursor);
    if (last?.delta !== delta || last.cursor !== cursor) last = { delta, cursor, json: canonicalDelta(delta, cursor) };
    return last.json;
  }

  toolUpdate({ at, ...update }: ToolUpdate): string {
    const { conversation_id, run_id, ...body } = update;
    return JSON.stringify({ at: timestamp(at), conversation_id, run_id, type: 'tool_execution_update', ...body });
  }
}

function canonicalDelta(delta: Delta, cursor: string): string {
  const run = delta.run_id === undefined ? '' : `,"run_id":"${delta.run_id}"`;
  const agent = delta.agent === undefined ? '' : `,"agent":${JSON.stringify(delta.agent)}`;
  const body = `"message_id":"${delta.message_id}","offset":${delta.offset},"delta":${deltaBody(delta)}`;
  const envelope = `"cursor":"${cursor}","at":"${timestamp(delta.at)}","conversation_id":"${delta.conversation_id}"${run}${agent}`;
  return `{${envelope},"type":"message_update",${body}}`;
}

/** A fact as the canonical projection shows it. */
export function canonicalFact(fact: Fact, cursor: string): Readonly<Record<string, unknown>> {
  const { seq, at, conversation_id, run_id, agent, body } = fact;
  // What a run was asked for may hold what an operator told an agent: it is for the loop only.
  const { type, ...rest } = body.type === 'run_start' ? withoutSettings(body) : body;
  return { seq, cursor, at: timestamp(at), conversation_id, run_id, agent, type, ...rest };
}

function withoutSettings({ settings: _hidden, ...shown }: RunStart): RunStart {
  return shown;
}

function deltaBody(delta: Delta): string {
  const text = JSON.stringify(delta.text);
  const index = delta.block.startsWith('tool_call:') ? delta.block.slice('tool_call:'.length) : undefined;
  return index === undefined
    ? `{"type":"${delta.block}","text":${text}}`
    : `{"type":"tool_call","index":${index},"text":${text}}`;
}
