import { Inject, Injectable } from '@nestjs/common';
import { lastAnswer, type CollectedRun } from '../../conversations/run-collector.js';
import { StartChat } from '../../conversations/start-chat.js';
import { answerText } from '../../core/events/conversation-event.js';
import { improvementResult } from '../../core/improvement/result.js';
import { evolveImprovement, NOTHING_WRITTEN } from '../../core/improvement/state.js';
import { answerStream, answerWhole, type Exchange } from '../wire/chat-exchange.js';
import { TEXT_ENCODER } from '../wire/projections.js';
import { PLAIN_TEXT, SseStream } from '../wire/sse-response.js';
import type { PromptDto } from './prompt.dto.js';
import { toPromptRequest } from './prompt-request.js';
import { PROMPT_SETTINGS, type PromptSettings } from './prompt-settings.js';

type Json = Readonly<Record<string, unknown>>;

/** Answers prompts as clients of the LLM server know it: as a whole, or as a stream of text. */
@Injectable()
export class PromptDoor {
  constructor(
    @Inject(StartChat) private readonly start: StartChat,
    @Inject(PROMPT_SETTINGS) private readonly settings: PromptSettings,
  ) {}

  /** @throws ParleyError saying what is wrong with the prompt, or what became of the answer */
  async answer(body: PromptDto, exchange: Exchange): Promise<Json> {
    const chat = toPromptRequest(body, this.settings);
    const { run } = await answerWhole(this.start, chat, exchange);
    const last = lastAnswer(run);
    const reply = last === undefined ? run.text : answerText(last);
    const shown = chat.improvement?.intermediate_steps === true;
    return shown ? { reply, steps: this.#steps(run, body.prompt) } : { reply };
  }

  /** Resolves once the answer is on its way. @throws ParleyError saying what is wrong with the prompt */
  async stream(body: PromptDto, exchange: Exchange): Promise<void> {
    const chat = toPromptRequest(body, this.settings);
    const stream = new SseStream(exchange.response, TEXT_ENCODER, PLAIN_TEXT);
    await answerStream(this.start, chat, { ...exchange, stream });
  }

  #steps({ facts }: CollectedRun, question: string): Json {
    return improvementResult(facts.reduce(evolveImprovement, NOTHING_WRITTEN), question, this.settings.passes);
  }
}
