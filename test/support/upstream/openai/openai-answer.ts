import { isPause, joined } from '../pieces.js';
import { wait } from '../steps.js';
import type { Flow, Frame, Step } from '../steps.js';
import type { Answer, Ask, Piece, ToolCall } from '../types.js';

const ARGUMENT_PIECE = 8;
const CREATED = 1_760_000_000;

/** An answer as chat.completion.chunk frames up to `[DONE]`. */
export function* chatFrames(ask: Ask, answer: Answer): Flow {
  const frame = (part: Frame['part'], choices: unknown[], usage?: unknown): Frame => ({
    part,
    data: { ...head(ask, 'chat.completion.chunk'), choices, ...(ask.wantsUsage ? { usage: usage ?? null } : {}) },
  });
  const delta = (part: Frame['part'], change: unknown, finish: string | null = null): Frame =>
    frame(part, [{ index: 0, delta: change, logprobs: null, finish_reason: finish }]);
  const rest: Step[] = answer.intervalMs > 0 ? [wait(answer.intervalMs)] : [];
  let output = 0;
  yield delta('start', { role: 'assistant', content: '', refusal: null });
  for (const { change, pause } of changes(answer)) {
    if (pause !== undefined) yield pause;
    if (change === undefined) continue;
    output++;
    yield* rest;
    yield delta('delta', change);
  }
  yield delta('finish', {}, answer.finish);
  if (ask.wantsUsage && answer.usage !== 'none') yield frame('usage', [], usageOf(ask, answer, output));
  yield { part: 'done', data: '[DONE]' };
}

/** An answer as one chat.completion. */
export function chatCompletion(ask: Ask, answer: Answer): unknown {
  const text = joined(answer.pieces);
  const calls = answer.toolCalls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
  const output = [...changes(answer)].filter((item) => item.change !== undefined).length;
  const message = {
    role: 'assistant',
    content: calls.length > 0 && text === '' ? null : text,
    refusal: null,
    ...(answer.thinking === undefined ? {} : { reasoning_content: answer.thinking }),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  };
  return {
    ...head(ask, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: answer.finish }],
    ...(answer.usage === 'none' ? {} : { usage: usageOf(ask, answer, output) }),
  };
}

function head(ask: Ask, object: string): Record<string, unknown> {
  return { id: `chatcmpl-${ask.index}`, object, created: CREATED, model: ask.model, system_fingerprint: 'fp_upstream' };
}

interface Change {
  readonly change?: unknown;
  readonly pause?: Step;
}

function* changes(answer: Answer): Iterable<Change> {
  if (answer.thinking !== undefined) {
    for (const word of answer.thinking.match(/\s*\S+/g) ?? []) yield { change: { reasoning_content: word } };
  }
  for (const piece of answer.pieces) yield contentChange(piece);
  for (const [index, call] of answer.toolCalls.entries()) yield* toolChanges(call, index);
}

function contentChange(piece: Piece): Change {
  return isPause(piece) ? { pause: { type: 'pause', pause: piece } } : { change: { content: piece } };
}

function* toolChanges(call: ToolCall, index: number): Iterable<Change> {
  const start = { index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } };
  yield { change: { tool_calls: [start] } };
  const size = Math.max(ARGUMENT_PIECE, Math.ceil(call.arguments.length / 64));
  for (let at = 0; at < call.arguments.length; at += size) {
    const part = call.arguments.slice(at, at + size);
    yield { change: { tool_calls: [{ index, function: { arguments: part } }] } };
  }
}

function usageOf(ask: Ask, answer: Answer, output: number): unknown {
  const asked = ask.messages.reduce((sum, message) => sum + message.text.length, 0);
  const given = typeof answer.usage === 'object' ? answer.usage : { input: Math.ceil(asked / 4), output };
  return {
    prompt_tokens: given.input,
    completion_tokens: given.output,
    total_tokens: given.input + given.output,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}
