import type { ImprovementContext } from '../../core/improvement/context.js';
import { improvementResult } from '../../core/improvement/result.js';
import { runImprovement } from '../../core/improvement/run-improvement.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { ModelMessage, ModelProvider, ModelRequest } from '../../core/ports/model-provider.js';
import { SystemIds } from '../../runtime/system-ids.js';
import { EventStream } from '../agent/event-stream.js';
import { connect } from '../agent/model-connection.js';
import type { Model } from '../agent/model.js';
import { EngineLog } from './engine-log.js';

/** A message of an engine's conversation. */
export interface ConversationMessage {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: string;
}

/** System messages by role. A text alone is that of the assistant. */
export interface SystemPrompts {
  readonly assistant?: string;
  /** Missing: the built-in one. */
  readonly reviser?: string;
}

export interface ConversationEngineOptions {
  /** A provider, or what a program knows of a model: `{provider, id, baseUrl?, apiKey?, headers?}`. */
  readonly model: ModelProvider | Model;
  readonly systemPrompt?: string | SystemPrompts;
  /** Whether answers are reviewed and revised. Default: false. */
  readonly improvement?: boolean;
  /** Whether everything that is written on the way is shown, or only the final answer. Default: false. */
  readonly intermediateSteps?: boolean;
  /** Passes of review and revision, 1 to 10. Default: 2. */
  readonly passes?: number;
  /** `temperature`, `top_p`, `max_tokens`, `seed`, `parameters`. Default: the model's own. */
  readonly sampling?: Omit<ModelRequest, 'messages' | 'tools' | 'tool_choice' | 'json'>;
}

/**
 * What came of the last reply: `reply`, and, where it was improved, `user_question`, `draft_answer`, and `suggestions1`,
 * `revision1`, `comments1` and so on for each pass.
 */
export type EngineResult = Readonly<Record<string, string | undefined>> & { readonly reply?: string };

const MOST_PASSES = 10;
const DEFAULT_PASSES = 2;

/**
 * Answers one conversation with one model, with or without improvement of each answer, as the LLM server does over HTTP.
 *
 * @example
 * const engine = new ConversationEngine({ model: { provider: 'openai', id: 'gpt-5-mini' } });
 * for await (const chunk of engine.streamReply('Hello, how are you today?')) process.stdout.write(chunk);
 */
export class ConversationEngine {
  /** What was said so far. After each reply the question and the final answer are added; a failed one changes nothing. */
  conversationHistory: readonly ConversationMessage[] = [];
  #lastResult: EngineResult = {};
  #improvement: boolean;
  #intermediateSteps: boolean;
  #busy = false;

  /** @throws ParleyError `invalid_request` for a number of passes that cannot be */
  constructor(private readonly options: ConversationEngineOptions) {
    const { improvement = false, intermediateSteps = false, passes = DEFAULT_PASSES } = options;
    if (!Number.isInteger(passes) || passes < 1 || passes > MOST_PASSES) {
      throw new ParleyError(
        'invalid_request',
        `passes must be a whole number from 1 to ${MOST_PASSES} (got ${passes})`,
      );
    }
    this.#improvement = improvement;
    this.#intermediateSteps = intermediateSteps;
  }

  /** Of the last reply that succeeded; empty before the first. */
  get lastResult(): EngineResult {
    return this.#lastResult;
  }

  /** Switches the improvement of later replies on or off. */
  setImprovement(on: boolean): this {
    this.#improvement = on;
    return this;
  }

  /** Shows everything that is written on the way to later replies, or only the final answers. */
  setIntermediateSteps(on: boolean): this {
    this.#intermediateSteps = on;
    return this;
  }

  /**
   * Answers, and gives the text as it is written. Whoever leaves the iteration early, or aborts, cancels the reply.
   *
   * @throws ParleyError `upstream_*` when the model fails, `aborted`, `conflict` while another reply is under way
   */
  async *streamReply(message: string, options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<string, void> {
    if (this.#busy) throw new ParleyError('conflict', 'another reply of this engine is under way');
    this.#busy = true;
    const left = new AbortController();
    const signal = options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
    const text = new EventStream<string>();
    const answered = this.#answer(message, signal, (piece) => text.push(piece)).finally(() => text.close());
    // It is awaited below, but maybe long after it failed.
    answered.catch(() => undefined);
    try {
      for (let pieces = await text.nextEvents(); pieces !== undefined; pieces = await text.nextEvents())
        yield pieces.join('');
      await answered;
    } finally {
      left.abort();
      await answered.catch(() => undefined);
      this.#busy = false;
    }
  }

  async #answer(question: string, signal: AbortSignal, show: (text: string) => void): Promise<void> {
    const history: readonly ModelMessage[] = [...this.conversationHistory, { role: 'user', content: question }];
    const provider = await this.#provider();
    const result = this.#improvement
      ? await this.#improve({ provider, history, question, signal, show })
      : { reply: await this.#ask(provider, history, { signal, show }) };
    this.conversationHistory = [
      ...this.conversationHistory,
      { role: 'user', content: question },
      { role: 'assistant', content: result.reply },
    ];
    this.#lastResult = result;
  }

  async #ask(
    provider: ModelProvider,
    history: readonly ModelMessage[],
    { signal, show }: { readonly signal: AbortSignal; readonly show: (text: string) => void },
  ): Promise<string> {
    const { assistant } = this.#prompts();
    const system: readonly ModelMessage[] = isSet(assistant) ? [{ role: 'system', content: assistant }] : [];
    let reply = '';
    const end = await provider.stream(
      { ...this.options.sampling, messages: [...system, ...history] },
      ({ block, text }) => {
        if (block !== 'text') return;
        reply += text;
        show(text);
      },
      signal,
    );
    if (end.type === 'aborted') throw new ParleyError('aborted', 'the reply was cancelled');
    if (end.type === 'failed')
      throw new ParleyError(end.code, end.message, { retryable: end.retryable, cause: end.cause });
    if (reply.trim() === '')
      throw new ParleyError('upstream_empty', `the model "${provider.name}" answered with no text`);
    return reply;
  }

  async #improve(asked: {
    readonly provider: ModelProvider;
    readonly history: readonly ModelMessage[];
    readonly question: string;
    readonly signal: AbortSignal;
    readonly show: (text: string) => void;
  }): Promise<EngineResult & { readonly reply: string }> {
    const { assistant, reviser } = this.#prompts();
    const { provider, history, signal } = asked;
    const passes = this.options.passes ?? DEFAULT_PASSES;
    const log = new EngineLog(asked.show);
    const context: ImprovementContext = {
      settings: {
        passes,
        intermediate_steps: this.#intermediateSteps,
        ...(isSet(reviser) ? { reviser } : {}),
      },
      agent: 'assistant',
      provider,
      ...(assistant === undefined ? {} : { instructions: assistant }),
      history,
      request: this.options.sampling ?? {},
      fit: { messages: Number.POSITIVE_INFINITY },
      log,
      ids: new SystemIds(),
      signal,
    };
    const { outcome, upstream, detail = 'the reply failed' } = await runImprovement(context, log.state);
    if (outcome === 'cancelled') throw new ParleyError('aborted', 'the reply was cancelled');
    if (outcome === 'failed') throw new ParleyError(upstream ?? 'internal', detail);
    return improvementResult(log.state, asked.question, passes);
  }

  #prompts(): SystemPrompts {
    const { systemPrompt = {} } = this.options;
    return typeof systemPrompt === 'string' ? { assistant: systemPrompt } : systemPrompt;
  }

  async #provider(): Promise<ModelProvider> {
    const { model } = this.options;
    return isProvider(model) ? model : connect(model, {});
  }
}

function isProvider(model: ModelProvider | Model): model is ModelProvider {
  return 'stream' in model && typeof model.stream === 'function';
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
