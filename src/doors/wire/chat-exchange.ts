import type { Request, Response } from 'express';
import type { Caller } from '../../auth/caller.js';
import { RunCollector, type CollectedRun } from '../../conversations/run-collector.js';
import type { ChatOptions, ChatRequest, StartChat, StartedChat } from '../../conversations/start-chat.js';
import { leftSignal } from './left-signal.js';
import { repeatKey } from './request-headers.js';
import type { SseStream } from './sse-response.js';

/** Who asks, and where the answer goes. */
export interface Exchange {
  readonly caller: Caller;
  readonly request: Request;
  readonly response: Response;
}

/**
 * Begins a chat and waits for its answer as a whole. Who leaves meanwhile watches no more.
 *
 * @throws ParleyError saying what is wrong with the chat, or what became of the answer
 */
export async function answerWhole(
  start: StartChat,
  chat: ChatRequest,
  exchange: Exchange,
): Promise<{ readonly run: CollectedRun; readonly started: StartedChat }> {
  const run = new RunCollector();
  const left = leftSignal(exchange.response);
  const started = await start.execute(exchange.caller.tenant, chat, {
    ...optionsOf(exchange.request),
    attach: run,
    signal: left,
  });
  exchange.response.set(headersOf(started));
  const leave = (): void => started.watch?.close();
  if (left.aborted) leave();
  else left.addEventListener('abort', leave, { once: true });
  return { run: await run.completed(), started };
}

/**
 * Begins a chat and streams it. Resolves once the answer is on its way.
 *
 * @param late the head waits for the first frame: a stream that ends without one is still to be answered
 * @throws ParleyError saying what is wrong with the chat
 */
export async function answerStream(
  start: StartChat,
  chat: ChatRequest,
  { stream, late = false, ...exchange }: Exchange & { readonly stream: SseStream; readonly late?: boolean },
): Promise<void> {
  const started = await start.execute(exchange.caller.tenant, chat, {
    ...optionsOf(exchange.request),
    attach: stream,
    cursor: exchange.request.get('last-event-id'),
    // Only who waits for a busy conversation can leave before a stream has begun.
    ...(chat.on_busy === 'queue' ? { signal: leftSignal(exchange.response) } : {}),
  });
  if (started.watch === undefined) return;
  if (late) await stream.openWithFirstFrame(headersOf(started), started.watch);
  else stream.open(headersOf(started), started.watch);
}

function optionsOf(request: Request): Pick<ChatOptions, 'route' | 'repeat'> {
  return {
    route: `${request.method} ${request.path}`,
    // A question that comes in the address is told from another one by it.
    repeat: repeatKey(request.get('idempotency-key'), request.body ?? request.query),
  };
}

function headersOf({ conversation_id, run_id }: StartedChat): Readonly<Record<string, string>> {
  return { 'x-conversation-id': conversation_id, 'x-run-id': run_id };
}
