import type { Delta, Fact, MessageEnd, RunEnd } from '../../core/events/conversation-event.js';
import type { Encoder } from '../../core/events/encoder.js';
import { isShown } from '../../core/events/message-step.js';
import { runError } from '../../conversations/run-error.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { toOpenAi } from '../wire/openai-error.js';
import { KEY_GONE } from '../wire/projection.js';
import { completionHead, finishReason, returnedCalls, wireCall, wireUsage } from './completion-body.js';

export interface CompletionStreamOptions {
  /** As the caller named it. */
  readonly model: string;
  readonly include_usage: boolean;
  /** Names of the tools that the caller runs. */
  readonly offered: ReadonlySet<string>;
}

/**
 * A run as OpenAI streams completions: chunks of text, the calls whole, the reason, the usage if asked for, `[DONE]`. It
 * begins only with what the model said: before that a failure is no frame, but `failure`, to be answered with its status.
 * For one watcher each: every chunk repeats what only this caller knows.
 */
export class CompletionEncoder implements Encoder {
  #prefix = '';
  #begun = false;
  #answer: MessageEnd | undefined;
  /** Calls of the last answer that ended here. */
  readonly #ended = new Set<string>();
  #failure: RunEnd | undefined;

  constructor(private readonly options: CompletionStreamOptions) {}

  /** How the run ended that said nothing before. */
  get failure(): RunEnd | undefined {
    return this.#failure;
  }

  fact(fact: Fact): string {
    const { body } = fact;
    switch (body.type) {
      case 'run_start':
        this.#name(fact);
        return '';
      case 'message_end':
        if (body.role === 'assistant') this.#answer = body;
        this.#ended.clear();
        return '';
      case 'tool_execution_end':
        this.#ended.add(body.tool_call_id);
        return '';
      case 'message_discarded':
        return this.#begun ? errorFrame(new ParleyError('upstream_truncated', 'the answer was interrupted')) : '';
      case 'run_end':
        return body.outcome === 'completed' ? this.#end(body) : this.#fail(body);
      default:
        return '';
    }
  }

  delta(delta: Delta): string {
    if (delta.block !== 'text' || !isShown(delta.step)) return '';
    return `${this.#begin()}${this.#prefix}[{"index":0,"delta":{"content":${JSON.stringify(delta.text)}},"finish_reason":null}]}\n\n`;
  }

  heartbeat(): string {
    return ': heartbeat\n\n';
  }

  farewell(): string {
    return errorFrame(new ParleyError('draining', 'the server is shutting down'));
  }

  refusal(): string {
    return errorFrame(new ParleyError('unauthenticated', KEY_GONE));
  }

  #name({ run_id, at }: Fact): void {
    if (run_id === undefined) return;
    const { id, created, model } = completionHead(run_id, this.options.model, at);
    const head = { id, object: 'chat.completion.chunk', created, model };
    this.#prefix = `data: ${JSON.stringify(head).slice(0, -1)},"choices":`;
  }

  #begin(): string {
    if (this.#begun) return '';
    this.#begun = true;
    return `${this.#prefix}[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n`;
  }

  #end(end: RunEnd): string {
    let text = this.#begin();
    const returned = returnedCalls(this.#answer, { ended: this.#ended, offered: this.options.offered });
    const calls = returned.map((call, index) => ({ index, ...wireCall(call) }));
    if (calls.length > 0) text += this.#chunk([{ index: 0, delta: { tool_calls: calls }, finish_reason: null }]);
    text += this.#chunk([{ index: 0, delta: {}, finish_reason: finishReason(this.#answer, returned) }]);
    if (this.options.include_usage) {
      text += `${this.#prefix}[],"usage":${JSON.stringify(wireUsage(end.usage))}}\n\n`;
    }
    return `${text}data: [DONE]\n\n`;
  }

  #fail(end: RunEnd): string {
    if (this.#begun) return errorFrame(runError(end));
    this.#failure = end;
    return '';
  }

  #chunk(choices: readonly unknown[]): string {
    return `${this.#prefix}${JSON.stringify(choices)}}\n\n`;
  }
}

/** OpenAI's clients throw on it; without `[DONE]` nothing looks finished. */
function errorFrame(error: ParleyError): string {
  return `data: ${JSON.stringify(toOpenAi(error, true).body)}\n\n`;
}
