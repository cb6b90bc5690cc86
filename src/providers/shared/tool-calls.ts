import type { ToolCall } from '../../core/events/conversation-event.js';
import type { ModelEnd } from '../../core/ports/model-provider.js';
import { isRecord, parseJson, recordIn, textIn } from './json.js';
import type { JsonRecord } from './json.js';

type BadToolCall = NonNullable<Extract<ModelEnd, { type: 'done' }>['bad_tool_calls']>[number];

/** The calls of one answer, told apart by whether they may be run. */
export interface CollectedCalls {
  readonly good: readonly ToolCall[];
  readonly bad: readonly BadToolCall[];
}

interface OpenCall {
  readonly ordinal: number;
  id: string;
  name: string;
  json: string;
}

const DEEPEST = 64;

/** Puts tool calls together from their fragments. */
export class ToolCallCollector {
  readonly #newId: () => string;
  readonly #calls: OpenCall[] = [];
  readonly #byIndex = new Map<number, OpenCall>();

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  get size(): number {
    return this.#calls.length;
  }

  /** Takes one entry of `tool_calls` or a `function_call`. Returns which call it belongs to and its piece of arguments. */
  add(fragment: JsonRecord): { readonly ordinal: number; readonly text: string } {
    const call = this.#find(fragment);
    const part = recordIn(fragment, 'function') ?? fragment;
    if (call.id === '') call.id = textIn(fragment, 'id') ?? '';
    if (call.name === '') call.name = textIn(part, 'name') ?? '';
    const given = part['arguments'];
    const text = isRecord(given) ? JSON.stringify(given) : (textIn(part, 'arguments') ?? '');
    call.json += text;
    return { ordinal: call.ordinal, text };
  }

  /** Which call it is, as far as that is known. */
  named(ordinal: number): Pick<ToolCall, 'id' | 'name'> | undefined {
    const { id = '', name = '' } = this.#calls[ordinal] ?? {};
    return id === '' || name === '' ? undefined : { id, name };
  }

  /** All calls. `cut` says that the answer was cut by its length: arguments that never came are not `{}` then. */
  finish(cut: boolean): CollectedCalls {
    const good: ToolCall[] = [];
    const bad: BadToolCall[] = [];
    const seen = new Map<string, OpenCall>();
    for (const call of this.#calls) {
      const first = seen.get(call.id);
      if (first?.name === call.name && first.json === call.json) continue;
      const id = call.id === '' || first !== undefined ? this.#newId() : call.id;
      const read = first === undefined ? readCall(call, cut) : 'the id of this call is that of another call';
      seen.set(id, call);
      if (typeof read === 'string') bad.push({ id, name: call.name, error: read });
      else good.push({ id, name: call.name, arguments: read });
    }
    return { good, bad };
  }

  /** Some upstreams give every call the index 0, some give none: then a new id begins a new call. */
  #find(fragment: JsonRecord): OpenCall {
    const index = typeof fragment['index'] === 'number' ? fragment['index'] : undefined;
    const id = textIn(fragment, 'id');
    if (index !== undefined) {
      const known = this.#byIndex.get(index);
      if (known !== undefined && (id === undefined || known.id === '' || known.id === id)) return known;
    } else {
      const known = id === undefined ? this.#calls.at(-1) : this.#calls.find((call) => call.id === id);
      if (known !== undefined) return known;
    }
    const call: OpenCall = { ordinal: this.#calls.length, id: id ?? '', name: '', json: '' };
    this.#calls.push(call);
    this.#byIndex.set(index ?? call.ordinal, call);
    return call;
  }
}

/** The arguments, or what is wrong with the call, in words for the model. */
function readCall(call: OpenCall, cut: boolean): JsonRecord | string {
  if (call.name === '') return 'the call has no name';
  const json = call.json.trim();
  if (json === '') return cut ? 'the call was cut off before its arguments' : {};
  const parsed = parseJson(json) ?? parseJson(sentTwice(json));
  if (parsed === undefined) return cut ? 'the arguments were cut off' : 'the arguments are not valid JSON';
  return isRecord(parsed) ? (objectionTo(parsed) ?? parsed) : 'the arguments are not a JSON object';
}

/** Half of a text that is the same thing twice: an upstream sent the whole call again under the same index. */
function sentTwice(json: string): string {
  const half = json.slice(0, json.length / 2);
  return half + half === json ? half : json;
}

/** Not recursive: the depth is the model's choice. */
function objectionTo(root: JsonRecord): string | undefined {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return 'the arguments are nested too deeply';
    const inner: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      if (Object.hasOwn(value, '__proto__')) return 'the arguments have a key that is not allowed';
      for (const entry of Object.values(value)) inner.push(entry);
    }
    level = inner;
  }
  return undefined;
}
