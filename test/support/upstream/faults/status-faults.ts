import { answerSteps, errorSteps } from '../context.js';
import { isRecord } from '../json.js';
import { wholeSteps } from '../steps.js';
import type { Step } from '../steps.js';
import type { Fault, FaultContext, FaultTable } from './fault.js';
import { numberArg } from './fault.js';

const HTML =
  '<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n';

const TYPES: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  400: ['invalid_request_error', null],
  401: ['invalid_request_error', 'invalid_api_key'],
  403: ['invalid_request_error', 'permission_denied'],
  404: ['invalid_request_error', 'model_not_found'],
  413: ['invalid_request_error', 'request_too_large'],
  429: ['requests', 'rate_limit_exceeded'],
};

/** An API error with that status: `bad:503`. A 401 shows the caller's key in its message, as bad providers do. */
export function statusFault(status: number): Fault {
  return (context) => {
    const [type, code] = TYPES[status] ?? ['server_error', null];
    const key = status === 401 ? `: ${context.dialect.keyOf(context.call.headers) ?? 'none'}` : '';
    return errorSteps(context, { status, type, code, message: `Fault ${status} was asked for${key}` });
  };
}

/** Answers without a stream. */
export const STATUS_FAULTS: FaultTable = {
  'retry-after': (context) => rateLimited(context, { 'retry-after': retryAfter(context.arg) }),
  'retry-after-ms': (context) => rateLimited(context, { 'retry-after-ms': context.arg === '' ? '50' : context.arg }),
  'insufficient-quota': (context) =>
    refusal(context, 429, { code: 'insufficient_quota', message: 'You exceeded your current quota' }),
  'context-length': (context) =>
    refusal(context, 400, { code: 'context_length_exceeded', message: 'The context length is exceeded' }),
  'content-filter': (context) => refusal(context, 400, { code: 'content_filter', message: 'The prompt was filtered' }),
  'refuse-json-schema': (context) => refuseIf(context, 'response_format', context.ask.schema !== undefined),
  refuse: (context) => {
    const param = context.arg.replaceAll('-', '_');
    return refuseIf(context, param, context.ask.body[param] !== undefined && context.ask.body[param] !== false);
  },
  'html-200': () => wholeSteps(200, { 'content-type': 'text/html' }, HTML),
  'html-502': () => wholeSteps(502, { 'content-type': 'text/html' }, HTML),
  'empty-200': (context) => wholeSteps(200, { 'content-type': contentType(context) }, ''),
  'json-instead-of-stream': (context) => {
    const ask = { ...context.ask, stream: false };
    return answerSteps({ ...context, ask }, context.healthy());
  },
  redirect: (context) => redirect(context, `${context.otherOrigin}/redirect-target${context.call.path}`),
  'redirect-loop': (context) => redirect(context, context.call.path),
  flap: (context) => {
    const down = Math.floor(context.uptime / numberArg(context, 2000)) % 2 === 1;
    return down ? statusFault(503)(context) : answerSteps(context, context.healthy());
  },
};

function retryAfter(arg: string): string {
  if (arg === 'date') return new Date(Date.now() + 2000).toUTCString();
  if (arg === 'past-date') return new Date(Date.now() - 60_000).toUTCString();
  return arg === '' ? '1' : arg;
}

function rateLimited(context: FaultContext, headers: Readonly<Record<string, string>>): Iterable<Step> {
  const report = { status: 429, type: 'requests', code: 'rate_limit_exceeded', message: 'Rate limit reached' };
  return errorSteps(context, report, headers);
}

function refusal(context: FaultContext, status: number, said: { code: string; message: string }): Iterable<Step> {
  const { code, message } = said;
  const type = code === 'insufficient_quota' ? code : 'invalid_request_error';
  return errorSteps(context, { status, type, code, message });
}

function refuseIf(context: FaultContext, param: string, refused: boolean): Iterable<Step> {
  if (!refused) return answerSteps(context, context.healthy());
  const value = context.ask.body[param];
  const kind = isRecord(value) && typeof value['type'] === 'string' ? ` of type '${value['type']}'` : '';
  const message = `Invalid parameter: '${param}'${kind} is not supported with this model.`;
  return errorSteps(context, {
    status: 400,
    type: 'invalid_request_error',
    code: 'unsupported_parameter',
    message,
    param,
  });
}

function redirect(context: FaultContext, location: string): Iterable<Step> {
  // Who follows gets a healthy answer, so that a test sees it both here and in its own result.
  if (context.call.path.startsWith('/redirect-target')) return answerSteps(context, context.healthy());
  return wholeSteps(numberArg(context, 307), { location }, '');
}

function contentType({ ask, dialect }: FaultContext): string {
  return ask.stream ? dialect.streamType : 'application/json';
}
