import type { SseStyle } from './sse.js';
import type { Flow, Step } from './steps.js';
import type { Answer, Ask } from './types.js';

/** Well-formed streams with odd contents; each dialect says them in its own words. */
export type OddShape =
  | 'no-choices'
  | 'null-delta'
  | 'two-choices'
  | 'wrong-index'
  | 'usage-weird'
  | 'usage-missing'
  | 'unknown-finish'
  | 'empty-content';

/** An API error as providers report it. */
export interface ErrorReport {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly message: string;
  readonly param?: string;
}

/** A request before its dialect is known. */
export interface RawRequest {
  readonly index: number;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** One upstream API. Pure: it reads requests and writes frames; faults and timing are not its business. */
export interface Dialect {
  readonly name: string;
  /** What that route is for in this dialect; undefined if it is none of its routes. */
  route(method: string, path: string): 'generate' | 'models' | undefined;
  read(request: RawRequest): Ask;
  /** The key that the caller showed, if any. */
  keyOf(headers: Readonly<Record<string, string>>): string | undefined;
  readonly streamType: string;
  /** Deltas, breaks, finish, usage, end mark. */
  frames(ask: Ask, answer: Answer): Flow;
  /** Frames to writes: server-sent events in that spelling, or the dialect's own framing (which ignores the spelling). */
  encode(flow: Flow, style?: SseStyle): Iterable<Step>;
  /** The answer to a request that did not ask for a stream. */
  whole(ask: Ask, answer: Answer): unknown;
  oddFrames(shape: OddShape, flow: Flow): Flow;
  oddWhole(shape: OddShape, body: unknown): unknown;
  error(report: ErrorReport): unknown;
  models(ids: readonly string[]): unknown;
}
