import { answerOf, answerSteps, UPSTREAM_CANARY } from '../context.js';
import type { Change } from '../context.js';
import { insertAfter, isFrame, stopAfter, wait, wholeSteps, without } from '../steps.js';
import type { Flow, Frame, Step } from '../steps.js';
import type { Fault, FaultContext, FaultTable } from './fault.js';
import { numberArg, sizeArg } from './fault.js';

const WRITE = 65_536;
/** Text to find one's place in an encoded delta by. */
const MARK = '~~here~~';
/** Streams that stop, stall, or end wrongly. A request without `stream` gets the same done to its body. */
export const STREAM_FAULTS: FaultTable = {
  reset: () => [{ type: 'reset' }],
  hang: () => [{ type: 'hang' }],
  'headers-then-hang': (context) => [headOf(context), { type: 'hang' }],
  'stall-after': after({ type: 'hang' }),
  'cut-after': after({ type: 'cut' }),
  'reset-after': after({ type: 'reset' }),
  'eof-after': after({ type: 'end' }),
  'gap-after': (context) => {
    const [deltas, ms] = context.arg.split(':').map(Number);
    return spoilt(context, { frames: insertAfter(deltas ?? 3, wait(ms ?? 1000)) });
  },
  'no-finish': (context) => spoilt(context, { frames: without('finish'), whole: dropFinish }),
  'no-done': (context) => spoilt(context, { frames: without('done') }),
  'half-json-tail': (context) => spoilt(context, { frames: stopAfter(3, write(halfFrame(context)), { type: 'end' }) }),
  'half-json-middle': (context) =>
    spoilt(context, { frames: insertAfter(3, write(Buffer.concat([halfFrame(context), Buffer.from('\n\n')]))) }),
  'bad-utf8': (context) => spoilt(context, { frames: insertAfter(3, write(invalidUtf8(context))) }),
  'error-in-data': errorInData,
  line: (context) => spoilt(context, { frames: longDelta(context, sizeArg(context, 2 ** 24)) }),
  'no-newline': (context) => withoutNewline(context, sizeArg(context, Infinity)),
  endless: (context) => spoilt(context, { frames: repeatDeltas(context) }),
};

function after(step: Step): Fault {
  return (context) => spoilt(context, { frames: stopAfter(numberArg(context, 3), step) });
}

function spoilt(context: FaultContext, change: Change): Iterable<Step> {
  return answerSteps(context, context.healthy(), change);
}

function headOf({ ask, dialect }: FaultContext): Step {
  const type = ask.stream ? dialect.streamType : 'application/json';
  return { type: 'head', status: 200, headers: { 'content-type': type } };
}

function write(bytes: string | Uint8Array): Step {
  return { type: 'write', bytes };
}

/** A delta with that text as the dialect's stream has it. */
function encodedDelta(context: FaultContext, text: string): Buffer {
  const parts: Uint8Array[] = [];
  for (const step of context.dialect.encode(deltasOf(context, text))) {
    if (step.type === 'write') parts.push(Buffer.from(step.bytes));
  }
  return Buffer.concat(parts);
}

function deltasOf({ ask, dialect }: FaultContext, text: string): (Frame | Step)[] {
  const flow = dialect.frames({ ...ask, stream: true }, answerOf({ pieces: [text] }));
  return [...flow].filter((item) => isFrame(item) && item.part === 'delta');
}

function halfFrame(context: FaultContext): Buffer {
  const whole = encodedDelta(context, MARK);
  return whole.subarray(0, whole.indexOf(MARK) + 2);
}

function invalidUtf8(context: FaultContext): Buffer {
  const bytes = encodedDelta(context, MARK);
  bytes.set([0xff, 0xfe], bytes.indexOf(MARK) + 1);
  return bytes;
}

function errorInData(context: FaultContext): Iterable<Step> {
  const { ask, dialect } = context;
  const report = { status: 500, type: 'server_error', code: null, message: `The engine failed (${UPSTREAM_CANARY})` };
  const error = dialect.error(report);
  if (!ask.stream) return wholeSteps(200, { 'content-type': 'application/json' }, JSON.stringify(error));
  const frames = dialect.encode([{ part: 'delta', data: error }]);
  return spoilt(context, { frames: stopAfter(numberArg(context, 3), ...frames, { type: 'end' }) });
}

function dropFinish(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body, (key, value: unknown) => (key === 'finish_reason' ? null : value)));
}

/** One delta whose text has that many characters, before the others. */
function longDelta(context: FaultContext, size: number): (flow: Flow) => Flow {
  return insertAfter(0, ...(context.ask.stream ? deltasOf(context, 'x'.repeat(size)) : []));
}

function* withoutNewline(context: FaultContext, size: number): Iterable<Step> {
  yield headOf(context);
  const start = encodedDelta(context, MARK);
  yield write(start.subarray(0, start.indexOf(MARK)));
  for (let sent = 0; sent < size; sent += WRITE) yield write('x'.repeat(Math.min(WRITE, size - sent)));
  yield { type: 'end' };
}

/** The answer's deltas over and over, `arg` ms apart. */
function repeatDeltas(context: FaultContext): (flow: Flow) => Flow {
  const ms = numberArg(context, 0);
  return function* endless(flow) {
    const deltas: Flow[] = [];
    for (const item of flow) {
      if ('part' in item && item.part === 'delta') deltas.push([item]);
      else if (deltas.length > 0) break;
      yield item;
    }
    for (;;) {
      if (deltas.length === 0) yield { type: 'tick' };
      for (const delta of deltas) {
        if (ms > 0) yield wait(ms);
        yield* delta;
      }
    }
  };
}
