import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Caller } from '../../auth/caller.js';
import { lastAnswer, RunCollector, type CollectedRun } from '../../conversations/run-collector.js';
import { StartChat, type StartedChat } from '../../conversations/start-chat.js';
import { answerText } from '../../core/events/conversation-event.js';
import { improvementResult } from '../../core/improvement/result.js';
import { evolveImprovement, NOTHING_WRITTEN } from '../../core/improvement/state.js';
import { TEXT_ENCODER } from '../wire/projections.js';
import { repeatKey } from '../wire/request-headers.js';
import { PLAIN_TEXT, SseStream } from '../wire/sse-response.js';
import type { PromptDto } from './prompt.dto.js';
import { toPromptRequest } from './prompt-request.js';
import { PROMPT_SETTINGS, type PromptSettings } from './prompt-settings.js';
import { leftSignal } from '../wire/left-signal.js';

type Json = Readonly<Record<string, unknown>>;

/** Who asks, and where the answer goes. */
export interface Exchange {
  readonly caller: Caller;
  readonly request: Request;
  readonly response: Response;
}

/** Answers prompts as clients of the LLM server know it: as a whole, or as a stream of text. */
@Injectable()
export class PromptDoor {
  constructor(
    @Inject(StartChat) private readonly start: StartChat,
    @Inject(PROMPT_SETTINGS) private readonly settings: PromptSettings,
  ) {}

  /** @throws ParleyError saying what is wrong with the prompt, or what became of the answer */
  async answer(body: PromptDto, { caller, request, response }: Exchange): Promise<Json> {
    const chat = toPromptRequest(body, this.settings);
    const run = new RunCollector();
    const gone = leftSignal(response);
    const started = await this.start.execute(caller.tenant, chat, {
      route: routeOf(request),
      repeat: repeatKey(request.get('idempotency-key'), request.body),
      attach: run,
      signal: gone,
    });
    response.set(headersOf(started));
    const leave = (): void => started.watch?.close();
    if (gone.aborted) leave();
    else gone.addEventListener('abort', leave, { once: true });
    const collected = await run.completed();
    const last = lastAnswer(collected);
    const reply = last === undefined ? collected.text : answerText(last);
    const shown = chat.improvement?.intermediate_steps === true;
    return shown ? { reply, steps: this.#steps(collected, body.prompt) } : { reply };
  }

  /** Resolves once the answer is on its way. @throws ParleyError saying what is wrong with the prompt */
  async stream(body: PromptDto, { caller, request, response }: Exchange): Promise<void> {
    const chat = toPromptRequest(body, this.settings);
    const stream = new SseStream(response, TEXT_ENCODER, PLAIN_TEXT);
    const gone = leftSignal(response);
    const started = await this.start.execute(caller.tenant, chat, {
      route: routeOf(request),
      repeat: repeatKey(request.get('idempotency-key'), request.body),
      attach: stream,
      cursor: request.get('last-event-id'),
      signal: gone,
    });
    if (started.watch !== undefined) stream.open(headersOf(started), started.watch);
  }

  #steps({ facts }: CollectedRun, question: string): Json {
    return improvementResult(facts.reduce(evolveImprovement, NOTHING_WRITTEN), question, this.settings.passes);
  }
}

/** For idempotency keys. */
function routeOf({ method, path }: Request): string {
  return `${method} ${path}`;
}

function headersOf({ conversation_id, run_id }: StartedChat): Readonly<Record<string, string>> {
  return { 'x-conversation-id': conversation_id, 'x-run-id': run_id };
}
