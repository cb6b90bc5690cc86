import { answerOf, answerSteps } from '../context.js';
import { isRecord, parseJson } from '../json.js';
import { markedToolCalls, sampleToolCall } from '../scripted/tool-markers.js';
import type { ToolCall } from '../types.js';
import type { Fault, FaultContext, FaultTable } from './fault.js';
import { numberArg, sizeArg } from './fault.js';

const CYRILLIC: Readonly<Record<string, string>> = { a: 'а', e: 'е', o: 'о', c: 'с', p: 'р', x: 'х', y: 'у' };

/**
 * Bad tool calls, made in every round in which the request offers tools: of the marked tools, else of the first one
 * with arguments that its schema accepts. Without tools, the default answer.
 */
export const TOOL_FAULTS: FaultTable = {
  'tool-args-invalid': args(() => '{"a": oops}'),
  'tool-args-half': args((json) => json.slice(0, Math.max(1, Math.floor(json.length / 2)))),
  'tool-args-wrong-types': args((json) =>
    mapArguments(json, (value) => (typeof value === 'string' ? 42 : 'not a number')),
  ),
  'tool-args-extra-keys': args((json) => withKeys(json, '"unexpected_key":"x","another":1')),
  'tool-args-missing': args(() => '{}'),
  'tool-args-proto': args((json) =>
    withKeys(json, '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}'),
  ),
  'tool-args-huge': args((json, context) => withKeys(json, `"filler":"${'x'.repeat(sizeArg(context, 2 ** 20))}"`)),
  'tool-args-empty': args(() => ''),
  'tool-args-null': args(() => 'null'),
  'tool-args-array': args(() => '[1,2]'),
  'tool-args-same-id': calls((call) => [call, { ...call }]),
  'tool-args-empty-name': calls((call) => [{ ...call, name: '' }]),
  'tool-args-no-id': calls((call) => [{ ...call, id: '' }]),
  'tool-unknown': calls((call) => [{ ...call, name: `no_such_${call.name}` }]),
  'tool-other-case': calls((call) => [{ ...call, name: call.name.toUpperCase() }]),
  'tool-look-alike': calls((call) => [
    { ...call, name: call.name.replace(/[aeocpxy]/, (char) => CYRILLIC[char] ?? char) },
  ]),
  'tool-forever': calls((call) => [call]),
  'tool-drift': calls((call, context) => [
    { ...call, arguments: withKeys(call.arguments, `"round":${context.call.n}`) },
  ]),
  'tool-alternate': (context) => {
    const odd = context.call.n % 2 === 1;
    return calls((call) => [odd ? call : { ...call, arguments: withKeys(call.arguments, '"other":true') }])(context);
  },
  'tool-many': calls((call, context) =>
    Array.from({ length: numberArg(context, 1000) }, (_, i) => ({ ...call, id: `${call.id}_${i}` })),
  ),
};

function args(change: (json: string, context: FaultContext) => string): Fault {
  return calls((call, context) => [{ ...call, arguments: change(call.arguments, context) }]);
}

function calls(change: (call: ToolCall, context: FaultContext) => ToolCall[]): Fault {
  return (context) => {
    const sample = sampleToolCall(context.ask);
    const marked = markedToolCalls(context.ask);
    const good = marked.length > 0 ? marked : sample === undefined ? [] : [sample];
    if (good.length === 0 || context.ask.tools.length === 0) return answerSteps(context, context.healthy());
    context.note('tool', undefined);
    return answerSteps(context, answerOf({ toolCalls: good.flatMap((call) => change(call, context)) }));
  };
}

function mapArguments(json: string, change: (value: unknown) => unknown): string {
  const value = parseJson(json);
  const entries = isRecord(value) ? Object.entries(value) : [];
  return JSON.stringify(Object.fromEntries(entries.map(([key, entry]) => [key, change(entry)])));
}

/** Adds fields to an object's text; by text, because a literal `__proto__` key would be lost. */
function withKeys(json: string, fields: string): string {
  const inner = json.trim().replace(/^\{/, '').replace(/\}$/, '').trim();
  return `{${inner === '' ? '' : `${inner},`}${fields}}`;
}
