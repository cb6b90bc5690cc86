import type { Dialect, ErrorReport } from './dialect.js';
import { isPause } from './pieces.js';
import type { SseStyle } from './sse.js';
import { isFrame, wait, wholeSteps } from './steps.js';
import type { Flow, Step } from './steps.js';
import type { Answer, Ask, AskKind, RecordedCall } from './types.js';

/** Stands in every error message, so that a test can see whether an upstream's words reached a client. */
export const UPSTREAM_CANARY = 'UPSTREAM-CANARY-7f3a';

/** What a behaviour knows of the call it answers. */
export interface Context {
  readonly ask: Ask;
  readonly dialect: Dialect;
  readonly call: RecordedCall;
  /** Another origin that leads to the same server, for redirects. */
  readonly otherOrigin: string;
  /** Milliseconds since the server started. */
  readonly uptime: number;
  /** Counts from 1 under that key, within this call's model; `reset()` starts again. */
  tally(key: string): number;
  /** Writes what the rules took the call for into the record. */
  note(kind: AskKind, agent: string | undefined): void;
}

/** How a healthy answer is to be spoilt. */
export interface Change {
  readonly frames?: (flow: Flow) => Flow;
  readonly whole?: (body: unknown) => unknown;
  readonly style?: SseStyle;
}

const PARTS_OF_WHOLE = 8;

/** An answer with the defaults filled in. */
export function answerOf(parts: Partial<Answer>): Answer {
  const toolCalls = parts.toolCalls ?? [];
  const finish = toolCalls.length > 0 ? 'tool_calls' : 'stop';
  return { pieces: [], finish, intervalMs: 0, delayMs: 0, ...parts, toolCalls };
}

/** A 200 answer, streamed if that was asked. */
export function* answerSteps(context: Context, answer: Answer, change: Change = {}): Iterable<Step> {
  const { ask, dialect } = context;
  if (answer.delayMs > 0) yield wait(answer.delayMs);
  if (ask.stream) {
    yield { type: 'head', status: 200, headers: { 'content-type': dialect.streamType, 'cache-control': 'no-cache' } };
    const flow = dialect.frames(ask, answer);
    yield* dialect.encode(change.frames?.(flow) ?? flow, change.style);
  } else {
    yield* pausesOf(answer);
    yield { type: 'head', status: 200, headers: { 'content-type': 'application/json' } };
    const body = dialect.whole(ask, answer);
    const flow = wholeFlow(JSON.stringify(change.whole?.(body) ?? body));
    for (const item of change.frames?.(flow) ?? flow) {
      if (!isFrame(item)) yield item;
      else if (typeof item.data === 'string') yield { type: 'write', bytes: item.data };
    }
  }
  yield { type: 'end' };
}

/** An API error in the dialect's words. */
export function errorSteps(
  context: Pick<Context, 'dialect'>,
  report: ErrorReport,
  headers: Readonly<Record<string, string>> = {},
): Iterable<Step> {
  const body = context.dialect.error({ ...report, message: `${report.message} (${UPSTREAM_CANARY})` });
  return wholeSteps(report.status, { 'content-type': 'application/json', ...headers }, JSON.stringify(body));
}

/** A whole body in a few parts, so that faults can stop in the middle of it. */
function* wholeFlow(body: string): Flow {
  const size = Math.max(1, Math.ceil(body.length / PARTS_OF_WHOLE));
  for (let at = 0; at < body.length; at += size) yield { part: 'delta', data: body.slice(at, at + size) };
}

function* pausesOf(answer: Answer): Iterable<Step> {
  let ms = 0;
  for (const piece of answer.pieces) {
    if (isPause(piece)) yield { type: 'pause', pause: piece };
    else ms += answer.intervalMs;
  }
  if (ms > 0) yield wait(ms);
}
