import { connect } from 'node:net';
import { listAt, parseJson, recordAt, textAt } from './json.js';
import type { Upstream } from './upstream.js';

/** A request of the specs: a model, what the user says, anything more. */
export interface SpecRequest {
  readonly model: string;
  readonly user?: string;
  readonly system?: string;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
}

/** What a lenient client made of a stream. */
export interface SpecStream {
  readonly text: string;
  readonly deltas: readonly string[];
  readonly finish: string;
  readonly done: boolean;
  readonly usage: unknown;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
}

/** The JSON body of a chat request. */
export function chatBody({ model, user = 'Hi', system, extra = {} }: SpecRequest): string {
  const messages = [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: user },
  ];
  return JSON.stringify({ model, messages, ...extra });
}

/** A chat request over fetch. */
export function chat(upstream: Upstream, request: SpecRequest): Promise<Response> {
  return fetch(`${upstream.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk-spec' },
    body: chatBody(request),
    redirect: 'manual',
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
}

/** A streamed chat, read to its end. */
export async function stream(upstream: Upstream, request: SpecRequest): Promise<SpecStream> {
  const response = await chat(upstream, { ...request, extra: { stream: true, ...request.extra } });
  return readSse(await response.text());
}

/** The content of a whole answer. */
export async function wholeText(upstream: Upstream, request: SpecRequest): Promise<string> {
  const body: unknown = await (await chat(upstream, request)).json();
  return textAt(recordAt(listAt(body, 'choices')[0], 'message'), 'content');
}

/** Reads server-sent events by the specification. */
export function readSse(raw: string): SpecStream {
  const data = eventsOf(raw);
  const chunks = data.filter((item) => item !== '[DONE]').map(parseJson);
  const choices = chunks.flatMap((chunk) => listAt(chunk, 'choices').slice(0, 1));
  const deltas = choices.map((choice) => textAt(recordAt(choice, 'delta'), 'content')).filter((text) => text !== '');
  return {
    text: deltas.join(''),
    deltas,
    finish: choices.map((choice) => textAt(choice, 'finish_reason')).join(''),
    done: data.includes('[DONE]'),
    usage: chunks.map((chunk) => recordAt(chunk, 'usage')).findLast((usage) => Object.keys(usage).length > 0),
    toolCalls: toolCallsOf(choices),
  };
}

/** So many looks in a row without anything new are silence: by the clock alone, a pause of the process would be one too. */
const LOOKS = 10;
const LOOK_MS = 15;

/** Sends a request by a bare socket and gives all bytes up to the end of the connection, or to a silence. */
export function rawChat(upstream: Upstream, request: SpecRequest): Promise<{ bytes: Buffer; error?: string }> {
  const body = chatBody({ ...request, extra: { stream: true, ...request.extra } });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let error: string | undefined;
    const socket = connect(upstream.port, '127.0.0.1', () => socket.write(head + body));
    let looks = 0;
    const look = setInterval(() => {
      if (++looks >= LOOKS) socket.destroy();
    }, LOOK_MS);
    socket.on('data', (part: Buffer) => {
      looks = 0;
      parts.push(part);
    });
    socket.on('error', (cause: NodeJS.ErrnoException) => (error = cause.code ?? cause.message));
    socket.on('close', () => {
      clearInterval(look);
      resolve({ bytes: Buffer.concat(parts), ...(error === undefined ? {} : { error }) });
    });
  });
}

function eventsOf(raw: string): string[] {
  const events: string[] = [];
  let data: string[] = [];
  let type = '';
  for (const line of raw.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    if (line === '') {
      if (data.length > 0 && type === '') events.push(data.join('\n'));
      data = [];
      type = '';
    } else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
    else if (line.startsWith('event:')) type = line.slice(6).trim();
  }
  return events;
}

function toolCallsOf(choices: readonly unknown[]): { id: string; name: string; arguments: string }[] {
  const calls: { id: string; name: string; arguments: string }[] = [];
  for (const choice of choices) {
    for (const part of listAt(recordAt(choice, 'delta'), 'tool_calls')) {
      const made = recordAt(part, 'function');
      if ('name' in made) calls.push({ id: textAt(part, 'id'), name: textAt(made, 'name'), arguments: '' });
      const last = calls.at(-1);
      if (last !== undefined) last.arguments += textAt(made, 'arguments');
    }
  }
  return calls;
}
