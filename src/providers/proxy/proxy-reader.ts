import type { BlockKind, Usage } from '../../core/events/conversation-event.js';
import type { ModelDelta } from '../../core/ports/model-provider.js';
import { failure, invalid, truncated, type Failure } from '../shared/failure.js';
import { isRecord, parseJson, textIn, type JsonRecord } from '../shared/json.js';
import { ToolCallCollector } from '../shared/tool-calls.js';
import type { AnswerSource, Conclusion } from '../shared/upstream-call.js';
import { failureInStream } from '../shared/upstream-errors.js';
import { proxyUsage } from './proxy-usage.js';

/** What a proxy reader is given. */
export interface ProxyReaderOptions {
  readonly emit: (delta: ModelDelta) => void;
  /** Most UTF-16 units of all deltas together. */
  readonly maxAnswer: number;
  /** For tool calls that came without an id. */
  readonly newCallId: () => string;
}

const REASONS: ReadonlyMap<string, 'stop' | 'length' | 'tool_calls'> = new Map([
  ['stop', 'stop'],
  ['complete', 'stop'],
  ['length', 'length'],
  ['toolUse', 'tool_calls'],
  ['tool_use', 'tool_calls'],
  ['tool_calls', 'tool_calls'],
]);

/**
 * Reads the events of a proxied answer: one JSON object a data line. Blocks begin before their pieces come; only `done`
 * ends an answer well. Text is collected until it is flushed or another block begins.
 */
export class ProxyReader implements AnswerSource {
  readonly everyLine = true;
  tail = false;
  readonly #options: ProxyReaderOptions;
  readonly #calls: ToolCallCollector;
  /** Blocks that have begun, by their place in the message. */
  readonly #open = new Map<number, BlockKind>();
  readonly #announced = new Set<BlockKind>();
  #closed = false;
  #failure: Failure | undefined;
  #finish: string | undefined;
  #usage: Usage | undefined;
  #block: BlockKind = 'text';
  #text = '';
  #size = 0;
  #events = 0;
  #answered = false;

  constructor(options: ProxyReaderOptions) {
    this.#options = options;
    this.#calls = new ToolCallCollector(options.newCallId);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get finished(): boolean {
    return this.#finish !== undefined;
  }

  get usage(): Usage | undefined {
    return this.#usage;
  }

  data(source: string, start: number, end: number): void {
    const event = parseJson(source.slice(start, end));
    if (isRecord(event)) this.#read(event);
    else if (this.tail) this.#fail(truncated('ended its answer in the middle of an event'));
    else this.#fail(invalid('sent an event that is not valid JSON'));
  }

  tooLong(): void {
    this.#fail(failure('upstream_too_large', 'sent a line that is longer than allowed'));
  }

  /** It is always asked to stream: a document is no answer, but may be an error. */
  whole(body: string): void {
    const parsed = parseJson(body);
    if (isRecord(parsed) && parsed['error'] !== undefined) this.#fail(failureInStream(parsed));
    else this.#fail(invalid('answered with a document instead of a stream'));
  }

  stop(): void {
    this.#closed = true;
    this.#text = '';
  }

  flush(): void {
    const [block, text] = [this.#block, this.#text];
    if (text === '') return;
    this.#text = '';
    const call = this.#announced.has(block) ? undefined : this.#callOf(block);
    this.#announced.add(block);
    this.#options.emit(call === undefined ? { block, text } : { block, text, call });
  }

  conclude(): Conclusion {
    if (this.#failure !== undefined) return this.#failure;
    if (this.#finish === undefined)
      return truncated(
        this.#events === 0 ? 'ended its answer before it began' : 'ended its answer without an end mark',
      );
    const meaning = REASONS.get(this.#finish);
    if (meaning === undefined) return invalid('ended its answer for a reason that is not known');
    const { good, bad } = this.#calls.finish(meaning === 'length');
    const asked = good.length + bad.length > 0;
    if (!asked && !this.#answered)
      return failure('upstream_empty', 'ended its answer without any text', { retryable: true });
    return {
      type: 'done',
      stop_reason: meaning === 'length' ? 'length' : asked ? 'tool_calls' : 'stop',
      raw_reason: this.#finish,
      tool_calls: good,
      ...(bad.length === 0 ? {} : { bad_tool_calls: bad }),
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
    };
  }

  #read(event: JsonRecord): void {
    this.#events++;
    const type = (textIn(event, 'type') ?? '').replace('tool_call', 'toolcall');
    switch (type) {
      case 'text_start':
      case 'thinking_start':
        this.#open.set(placeOf(event), type === 'text_start' ? 'text' : 'thinking');
        break;
      case 'toolcall_start':
        this.#beginCall(event);
        break;
      case 'text_delta':
      case 'thinking_delta':
      case 'toolcall_delta':
        this.#takePiece(type.slice(0, -'_delta'.length), event);
        break;
      case 'done':
      case 'error':
        this.#end(type, event);
    }
  }

  #beginCall(event: JsonRecord): void {
    const name = textIn(event, 'toolName') ?? textIn(event, 'tool_name');
    const { ordinal } = this.#calls.add({ index: placeOf(event), id: event['id'], function: { name } });
    this.#open.set(placeOf(event), `tool_call:${ordinal}`);
  }

  #takePiece(kind: string, event: JsonRecord): void {
    const block = this.#open.get(placeOf(event));
    const text = textIn(event, 'delta') ?? '';
    if (block === undefined || !block.replace('_', '').startsWith(kind)) {
      this.#fail(invalid('sent a piece of a block that it had not begun'));
      return;
    }
    if (kind === 'toolcall') this.#calls.add({ index: placeOf(event), function: { arguments: text } });
    if (text === '' || this.#closed) return;
    this.#size += text.length;
    if (this.#size > this.#options.maxAnswer) {
      this.#fail(failure('upstream_too_large', 'sent an answer that is longer than allowed'));
      return;
    }
    if (block !== this.#block) {
      this.flush();
      this.#block = block;
    }
    this.#text += text;
    if (block === 'text') this.#answered = true;
  }

  #end(type: 'done' | 'error', event: JsonRecord): void {
    this.#usage = proxyUsage(event['usage']) ?? this.#usage;
    const reason = textIn(event, 'reason') ?? '';
    if (type === 'error') {
      this.#fail(reason === 'aborted' ? truncated('gave its answer up before its end') : failureInStream(event));
      return;
    }
    this.#finish = reason.slice(0, 64);
    this.#closed = true;
  }

  #callOf(block: BlockKind): ModelDelta['call'] {
    return block.startsWith('tool_call:') ? this.#calls.named(Number(block.slice('tool_call:'.length))) : undefined;
  }

  #fail(reason: Failure): void {
    this.#failure ??= reason;
    this.#closed = true;
  }
}

function placeOf(event: JsonRecord): number {
  const place = event['contentIndex'] ?? event['content_index'];
  return typeof place === 'number' ? place : 0;
}
