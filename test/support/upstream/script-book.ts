import { answerOf, answerSteps } from './context.js';
import type { Context } from './context.js';
import { parseControl } from './control-name.js';
import { behave } from './behaviour.js';
import { findFault } from './faults/catalogue.js';
import { jsonPieces, wordPieces } from './pieces.js';
import { actionJson } from './scripted/action.js';
import { toolCall } from './scripted/tool-markers.js';
import { wait, wholeSteps } from './steps.js';
import type { Step } from './steps.js';
import type { Answer, Pause, Piece, RecordedCall, ToolCall, Usage } from './types.js';

/** A tool call in a reply; arguments that are no string are written as JSON. */
export interface ToolCallReply {
  readonly id?: string;
  readonly name: string;
  readonly arguments?: unknown;
}

/** Content for the model to say. At most one of `text`, `json`, `action`. */
export interface ContentReply {
  /** A list sets the deltas; it may have breaks between them. */
  readonly text?: string | readonly Piece[];
  readonly json?: unknown;
  readonly action?: { readonly action_type?: string; readonly argument?: string; readonly to?: readonly string[] };
  readonly thinking?: string;
  readonly toolCalls?: readonly ToolCallReply[];
  readonly finish?: string;
  readonly usage?: Usage | 'none';
  readonly intervalMs?: number;
  readonly delayMs?: number;
  /** A fault by its name, done to this content: `cut-after-3`. */
  readonly fault?: string;
}

/** A plain HTTP answer; a body that is no string is sent as JSON. */
export interface StatusReply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
}

/** Bytes as they are, one write each. Status 200 and the stream's content type unless said otherwise. */
export interface RawReply {
  readonly chunks: readonly (string | Uint8Array | Pause | { readonly stop: 'cut' | 'reset' | 'hang' })[];
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers as the model of that name would. */
export interface AsReply {
  readonly as: string;
}

/** One scripted answer. */
export type Reply = ContentReply | StatusReply | RawReply | AsReply;

/** Computes an answer; `n` counts from 1 since the script was set. */
export type Responder = (call: RecordedCall, n: number) => Reply | Promise<Reply>;

/** A list is used up, one item a call; a lone reply or function answers every call. */
export type Script = Reply | Responder | readonly (Reply | Responder)[];

interface Page {
  readonly script: Script;
  used: number;
}

/** The scripts of one upstream, by model name; `*` is for models without one of their own. */
export class ScriptBook {
  private readonly pages = new Map<string, Page>();

  set(model: string, script: Script): void {
    this.pages.set(model, { script, used: 0 });
  }

  clear(): void {
    this.pages.clear();
  }

  get models(): string[] {
    return [...this.pages.keys()].filter((name) => name !== '*' && !name.includes(' '));
  }

  /** The next reply for that model; `none` without a script, `exhausted` beyond its end. */
  async next(model: string, call: RecordedCall): Promise<Reply | 'none' | 'exhausted'> {
    const page = this.pages.get(model) ?? this.pages.get('*');
    if (page === undefined) return 'none';
    const n = ++page.used;
    const { script } = page;
    const item = isList(script) ? script[n - 1] : script;
    if (item === undefined) return 'exhausted';
    return typeof item === 'function' ? await item(call, n) : item;
  }

  /** One line for each list that still has replies. */
  leftOver(): string[] {
    return [...this.pages].flatMap(([model, { script, used }]) => {
      const left = isList(script) ? script.length - used : 0;
      return left > 0
        ? [`script of ${model}: ${left} of ${(script as readonly unknown[]).length} replies not used`]
        : [];
    });
  }
}

/** Plays a reply. */
export function replySteps(reply: Reply, context: Context): Iterable<Step> {
  if ('as' in reply) return asSteps(reply, context);
  if ('chunks' in reply) return rawSteps(reply, context);
  if ('status' in reply) return statusSteps(reply);
  const answer = contentAnswer(reply, context);
  if (reply.fault === undefined) return answerSteps(context, answer);
  const named = findFault(reply.fault);
  if (named === undefined) throw new Error(`unknown fault in a script: ${reply.fault}`);
  return named.fault({ ...context, arg: named.arg, healthy: () => answer });
}

function isList(script: Script): script is readonly (Reply | Responder)[] {
  return Array.isArray(script);
}

function asSteps({ as }: AsReply, context: Context): Iterable<Step> {
  const control = parseControl(as);
  if (control.type === 'unknown') throw new Error(`unknown model name in a script: ${as}`);
  return behave(control, context);
}

function* rawSteps(reply: RawReply, context: Context): Iterable<Step> {
  const type = context.ask.stream ? context.dialect.streamType : 'application/json';
  yield { type: 'head', status: reply.status ?? 200, headers: { 'content-type': type, ...reply.headers } };
  for (const chunk of reply.chunks) {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) yield { type: 'write', bytes: chunk };
    else if ('stop' in chunk) yield { type: chunk.stop };
    else yield { type: 'pause', pause: chunk };
  }
  yield { type: 'end' };
}

function* statusSteps({ status, body, headers, delayMs }: StatusReply): Iterable<Step> {
  if (delayMs !== undefined) yield wait(delayMs);
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const type: Record<string, string> = typeof body === 'string' ? {} : { 'content-type': 'application/json' };
  yield* wholeSteps(status, { ...type, ...headers }, text);
}

function contentAnswer(reply: ContentReply, context: Context): Answer {
  const { finish, usage, thinking } = reply;
  return answerOf({
    pieces: piecesOf(reply),
    toolCalls: (reply.toolCalls ?? []).map((call, i) => scriptedCall(call, i, context)),
    intervalMs: reply.intervalMs ?? 0,
    delayMs: reply.delayMs ?? 0,
    ...(finish === undefined ? {} : { finish }),
    ...(usage === undefined ? {} : { usage }),
    ...(thinking === undefined ? {} : { thinking }),
  });
}

function piecesOf({ text, json, action }: ContentReply): readonly Piece[] {
  if (action !== undefined) return jsonPieces(actionJson({ action_type: 'speak', argument: '', to: [], ...action }));
  if (json !== undefined) return jsonPieces(JSON.stringify(json));
  return typeof text === 'string' ? wordPieces(text) : (text ?? []);
}

function scriptedCall(call: ToolCallReply, position: number, { ask }: Context): ToolCall {
  const given = call.arguments ?? {};
  const made = toolCall(ask, position, {
    name: call.name,
    arguments: typeof given === 'string' ? given : JSON.stringify(given),
  });
  return call.id === undefined ? made : { ...made, id: call.id };
}
