import type { BlockKind, Usage } from '../../core/events/conversation-event.js';
import type { ModelDelta } from '../../core/ports/model-provider.js';
import { ChunkTemplate } from './chunk-template.js';
import { answerOf, choiceOf, deltaOf, indexOf, plainTextOf, thinkingOf } from './chunk.js';
import type { Failure } from '../shared/failure.js';
import { failure, invalid, truncated } from '../shared/failure.js';
import type { FinishReason } from './finish-reason.js';
import { meaningOf } from './finish-reason.js';
import { isRecord, listIn, parseJson, recordIn, textIn } from '../shared/json.js';
import type { JsonRecord } from '../shared/json.js';
import { ToolCallCollector } from '../shared/tool-calls.js';
import type { AnswerSource, Conclusion } from '../shared/upstream-call.js';
import { failureInStream } from '../shared/upstream-errors.js';
import { usageOf } from './usage.js';

/** What an answer reader is given. */
export interface AnswerReaderOptions {
  readonly emit: (delta: ModelDelta) => void;
  /** Most UTF-16 units of all deltas together. */
  readonly maxAnswer: number;
  /** For tool calls that came without an id. */
  readonly newCallId: () => string;
}

type About = Pick<ModelDelta, 'call' | 'signature'>;

/** Reads the chunks of one answer. Text is collected until it is flushed or another block begins. */
export class AnswerReader implements AnswerSource {
  readonly #emit: (delta: ModelDelta) => void;
  readonly #maxAnswer: number;
  readonly #calls: ToolCallCollector;
  readonly #template = new ChunkTemplate();
  #closed = false;
  #failure: Failure | undefined;
  #finish: string | undefined;
  #usage: Usage | undefined;
  #answeredBy: string | undefined;
  #choice: number | undefined;
  #block: BlockKind = 'text';
  #text = '';
  /** What the next delta says beside its text. */
  #about: About | undefined;
  readonly #announced = new Set<BlockKind>();
  #size = 0;
  #chunks = 0;
  #answered = false;
  /** Set before the rest of a stream that broke off is read: what does not parse then was cut, not wrong. */
  tail = false;

  constructor(options: AnswerReaderOptions) {
    this.#emit = options.emit;
    this.#maxAnswer = options.maxAnswer;
    this.#calls = new ToolCallCollector(options.newCallId);
  }

  /** True after `[DONE]` and after a failure. */
  get closed(): boolean {
    return this.#closed;
  }

  /** True once the upstream said why it ended. */
  get finished(): boolean {
    return this.#finish !== undefined;
  }

  get usage(): Usage | undefined {
    return this.#usage;
  }

  data(source: string, start: number, end: number, event: string): void {
    const text = this.#template.match(source, start, end);
    if (text === undefined || event !== '') this.#parse(source.slice(start, end), event);
    else this.#add('text', text);
  }

  tooLong(): void {
    this.fail(failure('upstream_too_large', 'sent a line that is longer than allowed'));
  }

  /** Takes an answer that came as one JSON document. */
  whole(body: string): void {
    const parsed = parseJson(body);
    if (isRecord(parsed)) this.#read(parsed);
    else this.fail(invalid('sent an answer that is not valid JSON'));
  }

  /** Ends the answer as failed, unless it already is. */
  fail(reason: Failure): void {
    this.#failure ??= reason;
    this.#closed = true;
  }

  /** Nothing is wanted any more: what was not handed on is dropped. */
  stop(): void {
    this.#closed = true;
    this.#text = '';
  }

  /** Hands on the text collected so far. */
  flush(): void {
    const text = this.#text;
    if (text === '') return;
    const about = this.#about;
    this.#text = '';
    this.#about = undefined;
    this.#emit(about === undefined ? { block: this.#block, text } : { block: this.#block, text, ...about });
  }

  /** What became of it, when nothing more comes. Only an answer with a finish reason is `done`. */
  conclude(): Conclusion {
    if (this.#failure !== undefined) return this.#failure;
    const raw = this.#finish;
    if (raw === undefined) {
      return truncated(
        this.#chunks === 0 ? 'ended its answer before it began' : 'ended its answer without an end mark',
      );
    }
    const meaning = meaningOf(raw);
    switch (meaning) {
      case undefined:
        return invalid('ended its answer for a reason that is not known');
      case 'filtered':
        return failure('upstream_rejected', 'stopped the answer by its content filter');
      case 'exhausted':
        return failure('upstream_unavailable', 'ran out of resources', { retryable: true, unhealthy: true });
      case 'stop':
      case 'length':
      case 'tool_calls':
        return this.#done(meaning, raw);
    }
  }

  #done(meaning: Exclude<FinishReason, 'filtered' | 'exhausted'>, raw: string): Conclusion {
    const { good, bad } = this.#calls.finish(meaning === 'length');
    const asked = good.length + bad.length > 0;
    if (!asked && !this.#answered)
      return failure('upstream_empty', 'ended its answer without any text', { retryable: true });
    // Several upstreams say `stop` after tool calls, and some say `tool_calls` without any.
    const reason = meaning === 'length' ? 'length' : asked ? 'tool_calls' : 'stop';
    return {
      type: 'done',
      stop_reason: reason,
      raw_reason: raw.slice(0, 64),
      tool_calls: good,
      ...(bad.length === 0 ? {} : { bad_tool_calls: bad }),
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      ...(this.#answeredBy === undefined ? {} : { answered_by: this.#answeredBy }),
    };
  }

  #parse(data: string, event: string): void {
    if (data.startsWith('[DONE]')) {
      this.#closed = true;
      return;
    }
    const parsed = parseJson(data);
    if (isRecord(parsed)) {
      this.#read(parsed, event);
      const choice = this.#choice;
      if (choice === undefined || this.#closed || plainTextOf(parsed, choice) === undefined) return;
      this.#template.learn(data, (chunk) => plainTextOf(chunk, choice));
    } else if (event === 'error') {
      this.fail(failureInStream({}));
    } else if (event === '' || event === 'message') {
      this.fail(
        this.tail
          ? truncated('ended its answer in the middle of a chunk')
          : invalid('sent a chunk that is not valid JSON'),
      );
    }
  }

  #read(chunk: JsonRecord, event = ''): void {
    this.#chunks++;
    const error = chunk['error'];
    if (
      isRecord(error) ||
      (typeof error === 'string' && error !== '') ||
      event === 'error' ||
      chunk['object'] === 'error'
    ) {
      this.fail(failureInStream(chunk));
      return;
    }
    this.#answeredBy ??= textIn(chunk, 'model')?.slice(0, 256);
    this.#usage = usageOf(chunk) ?? this.#usage;
    const choice = choiceOf(chunk, this.#choice);
    if (choice === undefined) return;
    this.#choice ??= indexOf(choice);
    const delta = deltaOf(choice);
    if (delta !== undefined) this.#readDelta(delta);
    this.#finish ??= textIn(choice, 'finish_reason');
  }

  #readDelta(delta: JsonRecord): void {
    const { text: thought, field } = thinkingOf(delta);
    this.#add('thinking', thought, field === undefined ? undefined : { signature: field });
    this.#add('text', answerOf(delta));
    const legacy = recordIn(delta, 'function_call');
    for (const fragment of legacy === undefined ? listIn(delta, 'tool_calls') : [{ index: 0, function: legacy }]) {
      if (!isRecord(fragment)) continue;
      const { ordinal, text } = this.#calls.add(fragment);
      const call = this.#calls.named(ordinal);
      this.#add(`tool_call:${ordinal}`, text, call === undefined ? undefined : { call });
    }
  }

  #add(block: BlockKind, text: string, about?: About): void {
    if (text === '' || this.#closed) return;
    this.#size += text.length;
    if (this.#size > this.#maxAnswer) {
      this.fail(failure('upstream_too_large', 'sent an answer that is longer than allowed'));
      return;
    }
    if (block !== this.#block) {
      this.flush();
      this.#block = block;
    }
    if (about !== undefined && !this.#announced.has(block)) {
      this.#announced.add(block);
      this.#about = about;
    }
    this.#text += text;
    if (block === 'text') this.#answered = true;
  }
}
