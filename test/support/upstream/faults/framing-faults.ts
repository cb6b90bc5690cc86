import { answerSteps } from '../context.js';
import type { OddShape } from '../dialect.js';
import type { SseStyle } from '../sse.js';
import { byteByByte, splitAt } from '../steps.js';
import type { Fault, FaultContext, FaultTable } from './fault.js';
import { numberArg } from './fault.js';

/** Legal but unusual framing, and well-formed streams with odd contents. */
export const FRAMING_FAULTS: FaultTable = {
  crlf: styled({ eol: '\r\n' }),
  'cr-only': styled({ eol: '\r' }),
  'mixed-eol': styled({ eol: 'mixed' }),
  comments: styled({ comments: true }),
  bom: styled({ byteOrderMark: true }),
  'multi-line-data': styled({ multiLine: true }),
  'no-space': styled({ noSpace: true }),
  'unknown-events': styled({ unknownEvents: true }),
  'split-bytes': (context) => byteByByte(answerSteps(context, context.healthy()), 0),
  'slow-bytes': (context) => byteByByte(answerSteps(context, context.healthy()), numberArg(context, 20)),
  'split-at': (context) => splitAt(answerSteps(context, context.healthy()), numberArg(context, 1)),
  'empty-content': odd('empty-content'),
  'no-choices': odd('no-choices'),
  'null-delta': odd('null-delta'),
  'two-choices': odd('two-choices'),
  'wrong-index': odd('wrong-index'),
  'usage-weird': odd('usage-weird'),
  'usage-missing': odd('usage-missing'),
  'unknown-finish': odd('unknown-finish'),
};

function styled(style: SseStyle): Fault {
  return (context) => answerSteps(context, context.healthy(), { style });
}

function odd(shape: OddShape): Fault {
  return (context: FaultContext) =>
    answerSteps(context, context.healthy(), {
      ...(context.ask.stream ? { frames: (flow) => context.dialect.oddFrames(shape, flow) } : {}),
      whole: (body) => context.dialect.oddWhole(shape, body),
    });
}
