import { findFault } from './faults/catalogue.js';
import type { NamedFault } from './faults/catalogue.js';

/** What a model name asks for; the grammar stands in README.md. */
export type Control =
  | { readonly type: 'scripted' }
  | { readonly type: 'echo' }
  | { readonly type: 'think' }
  | { readonly type: 'text' | 'chars'; readonly count: number; readonly intervalMs: number }
  | { readonly type: 'finish'; readonly reason: string }
  | { readonly type: 'act'; readonly actionType: string; readonly from: number }
  | { readonly type: 'bad'; readonly named: NamedFault; readonly times: number }
  | { readonly type: 'slow' | 'pace'; readonly ms: number; readonly inner: Control }
  | { readonly type: 'unknown' };

/** Parses a model name. `provider/` before it and `@anything` after it do not matter. */
export function parseControl(model: string): Control {
  const name = model.replace(/@.*$/s, '').replace(/^[\w.-]+\//, '');
  const [head = '', ...rest] = name.split(':');
  const [first = '', second = ''] = rest;
  switch (head) {
    case 'scripted':
    case 'echo':
    case 'think':
      return rest.length === 0 ? { type: head } : { type: 'unknown' };
    case 'text':
    case 'chars':
      return numbers([first, second], ([count = 0, intervalMs = 0]) => ({ type: head, count, intervalMs }));
    case 'slow':
    case 'pace':
      return numbers([first], ([ms = 0]) => within(head, ms, parseControl(rest.slice(1).join(':'))));
    case 'finish':
      return first === '' ? { type: 'unknown' } : { type: 'finish', reason: first };
    case 'act':
      return numbers([second === '' ? '1' : second], ([from = 1]) => ({ type: 'act', actionType: first, from }));
    case 'bad':
      return parseFault(rest.join(':'));
    default:
      return { type: 'unknown' };
  }
}

function parseFault(spec: string): Control {
  const times = /x(\d+)$/.exec(spec);
  const named = findFault(times === null ? spec : spec.slice(0, times.index));
  return named === undefined ? { type: 'unknown' } : { type: 'bad', named, times: Number(times?.[1] ?? Infinity) };
}

function within(type: 'slow' | 'pace', ms: number, inner: Control): Control {
  return inner.type === 'unknown' ? inner : { type, ms, inner };
}

function numbers(words: readonly string[], build: (values: readonly number[]) => Control): Control {
  const values = words.map(Number);
  return values.every((value) => value >= 0) ? build(values) : { type: 'unknown' };
}
