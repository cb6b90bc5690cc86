import type { Frame, Item, Json, Outcome } from './door.js';

/** What a frame of the canonical projection says. */
export function canonicalItems(event: Json): Item[] {
  const { type, message_id } = event;
  if (type === 'message_update') {
    const delta = event['delta'] as { readonly type: string; readonly index?: number; readonly text: string };
    const block = delta.index === undefined ? delta.type : `${delta.type}:${delta.index}`;
    const shown: Item[] = block === 'text' ? [{ kind: 'text', text: delta.text }] : [];
    return [...shown, { kind: 'delta', message_id, block, text: delta.text }];
  }
  // Live only: a watcher may or may not get it.
  if (type === 'tool_execution_update') return [];
  const { cursor: _cursor, ...fact } = event;
  return [...wordsOf(event), { kind: 'fact', fact }];
}

/** What a fact means to those who know no facts. */
function wordsOf(event: Json): Item[] {
  const id = event['tool_call_id'];
  switch (event['type']) {
    case 'tool_execution_start':
    case 'tool_request':
      return [{ kind: 'tool_start', id, arguments: event['arguments'] }];
    case 'tool_execution_end':
      return [{ kind: 'tool_end', id, ok: event['status'] === 'completed', result: event['result'] }];
    case 'tool_result_received':
      return [{ kind: 'tool_end', id, ok: event['is_error'] !== true, result: event['result'] }];
    case 'message_discarded':
      return [{ kind: 'discard', message_id: event['message_id'] }];
    case 'run_end':
      return [{ kind: 'end', outcome: event['outcome'] as Outcome }];
    default:
      return [];
  }
}

/** What a frame of the chat projection says. */
export function chatItems(frame: Json): Item[] {
  const call = (frame['tool_call'] ?? {}) as Json;
  const { id } = call;
  switch (frame['event_type']) {
    case 'chat_chunk':
      return [{ kind: 'text', text: String(frame['content']) }];
    case 'tool_call_start':
      return [{ kind: 'tool_start', id, arguments: call['arguments'] }];
    case 'tool_call_complete':
      return [{ kind: 'tool_end', id, ok: true, result: call['result'] }];
    case 'tool_call_error':
      return [{ kind: 'tool_end', id, ok: false, result: call['error'] }];
    case 'chat_discard':
      return [{ kind: 'discard', message_id: frame['message_id'] }];
    case 'chat_complete':
      return [{ kind: 'end', outcome: 'completed', text: String(frame['final_response']) }];
    case 'error':
      return [{ kind: 'end', outcome: frame['error_code'] === 'cancelled' ? 'cancelled' : 'failed' }];
    default:
      throw new Error(`an unknown frame: ${JSON.stringify(frame)}`);
  }
}

/** What a frame of the text projection says. */
export function textItems(frame: Json): Item[] {
  if (frame['type'] === 'text') return [{ kind: 'text', text: String(frame['text']) }];
  if (frame['type'] === 'end') return [{ kind: 'end', outcome: frame['outcome'] as Outcome }];
  throw new Error(`an unknown frame: ${JSON.stringify(frame)}`);
}

/** Those of some kinds, as they can be compared: neighbours of one text joined, and what only one door says left out. */
export function comparable(items: readonly Item[], kinds: readonly Item['kind'][]): Item[] {
  const all: Item[] = [];
  // Deltas say the text too, and whose it is.
  const wanted = kinds.includes('delta') ? kinds.filter((kind) => kind !== 'text') : kinds;
  for (const item of items.filter(({ kind }) => wanted.includes(kind))) {
    const last = all.at(-1);
    if (item.kind === 'text' && last?.kind === 'text') all[all.length - 1] = { ...item, text: last.text + item.text };
    else if (item.kind === 'delta' && last?.kind === 'delta' && isSameText(item, last))
      all[all.length - 1] = { ...item, text: last.text + item.text };
    else if (item.kind === 'end') all.push({ kind: 'end', outcome: item.outcome });
    else all.push(item);
  }
  return all;
}

type Delta = Extract<Item, { readonly kind: 'delta' }>;

function isSameText(a: Delta, b: Delta): boolean {
  return a.message_id === b.message_id && a.block === b.block;
}

/** The frames that a client may keep that was cut off: it has all of the event that the last of them belongs to. */
export function kept(frames: readonly Frame[]): readonly Frame[] {
  return frames.slice(0, frames.findLastIndex(({ cursor }) => cursor !== undefined) + 1);
}
