import type { Pause } from './types.js';

/** What the server does next on the connection. Nothing follows `hang`, `cut`, `reset` and `end`. */
export type Step =
  | { readonly type: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly type: 'write'; readonly bytes: string | Uint8Array }
  | { readonly type: 'pause'; readonly pause: Pause }
  /** Lets the event loop turn, so that the next write is one of its own. */
  | { readonly type: 'tick' }
  /** Says nothing more until the client leaves. */
  | { readonly type: 'hang' }
  /** Closes the socket after what was written has left. */
  | { readonly type: 'cut' }
  /** TCP reset. */
  | { readonly type: 'reset' }
  | { readonly type: 'end' };

/** One frame of a stream before it is bytes. `part` is what the faults look at. */
export interface Frame {
  readonly part: 'start' | 'delta' | 'finish' | 'usage' | 'done';
  /** SSE event name. */
  readonly event?: string;
  /** A string is sent as it is, anything else as JSON. */
  readonly data: unknown;
}

/** Frames with steps between them. */
export type Flow = Iterable<Frame | Step>;

/** Narrows an item of a flow. */
export function isFrame(item: Frame | Step): item is Frame {
  return 'part' in item;
}

/** Waiting as a step. */
export function wait(ms: number): Step {
  return { type: 'pause', pause: { wait: ms } };
}

/** A whole answer with its length. */
export function* wholeSteps(status: number, headers: Readonly<Record<string, string>>, body: string): Iterable<Step> {
  yield { type: 'head', status, headers: { 'content-length': String(Buffer.byteLength(body)), ...headers } };
  if (body !== '') yield { type: 'write', bytes: body };
  yield { type: 'end' };
}

/** Ends a flow by `step` after so many deltas, at the latest before the finish. */
export function stopAfter(deltas: number, ...steps: readonly Step[]): (flow: Flow) => Flow {
  return function* stopped(flow) {
    let seen = 0;
    for (const item of flow) {
      const counts = isFrame(item) && item.part === 'delta';
      const finishing = isFrame(item) && !counts && item.part !== 'start';
      if (finishing || (counts && seen >= deltas)) break;
      if (counts) seen++;
      yield item;
    }
    yield* steps;
  };
}

/** Puts items into a flow after so many deltas, at the latest before the finish. */
export function insertAfter(deltas: number, ...items: readonly (Frame | Step)[]): (flow: Flow) => Flow {
  return function* inserted(flow) {
    let seen = 0;
    let done = false;
    for (const item of flow) {
      const counts = isFrame(item) && item.part === 'delta';
      const finishing = isFrame(item) && !counts && item.part !== 'start';
      if (!done && (finishing || (counts && seen >= deltas))) {
        done = true;
        yield* items;
      }
      if (counts) seen++;
      yield item;
    }
  };
}

/** Leaves out frames of these parts. */
export function without(...parts: readonly Frame['part'][]): (flow: Flow) => Flow {
  return function* kept(flow) {
    for (const item of flow) if (!isFrame(item) || !parts.includes(item.part)) yield item;
  };
}

/** Writes every byte alone, `ms` apart (0: in turns of the event loop). */
export function* byteByByte(steps: Iterable<Step>, ms: number): Iterable<Step> {
  for (const step of steps) {
    if (step.type !== 'write') {
      yield step;
      continue;
    }
    for (const byte of Buffer.from(step.bytes)) {
      yield { type: 'write', bytes: Uint8Array.of(byte) };
      yield ms > 0 ? wait(ms) : { type: 'tick' };
    }
  }
}

/** Joins all writes and sends them as two, cut at that byte. */
export function* splitAt(steps: Iterable<Step>, offset: number): Iterable<Step> {
  const parts: Uint8Array[] = [];
  for (const step of steps) {
    if (step.type === 'write') parts.push(Buffer.from(step.bytes));
    else if (step.type === 'head') yield step;
  }
  const all = Buffer.concat(parts);
  yield { type: 'write', bytes: all.subarray(0, offset) };
  yield wait(5);
  yield { type: 'write', bytes: all.subarray(offset) };
  yield { type: 'end' };
}
