import type { Usage } from '../../core/events/conversation-event.js';
import type { Clock } from '../../core/ports/clock.js';
import type {
  ModelDelta,
  ModelEnd,
  ModelHealth,
  ModelProvider,
  ModelRequest,
} from '../../core/ports/model-provider.js';
import { demoAnswer, type DemoAnswer } from './demo-answer.js';
import { inputTokens, outputTokens } from './count-tokens.js';

export interface DemoProviderOptions {
  /** Its name under `models:`. */
  readonly name: string;
  readonly clock: Clock;
  /** Milliseconds between two pieces of an answer. Default: none. */
  readonly paceMs?: number;
}

/**
 * A model that ships with the product and needs no key and no network: it plays agents, judges, reviews, calls tools and
 * chats by rules and phrase lists. The same request always has the same answer; `seed` varies it. What it is not: it does
 * not understand, and says so in chats.
 *
 * Configured as `{type: demo}` under `models:`. Usage by rule: a token for every four characters begun.
 */
export class DemoProvider implements ModelProvider {
  readonly name: string;
  readonly #clock: Clock;
  readonly #paceMs: number;

  constructor({ name, clock, paceMs = 0 }: DemoProviderOptions) {
    this.name = name;
    this.#clock = clock;
    this.#paceMs = paceMs;
  }

  async stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd> {
    if (signal.aborted) return { type: 'aborted' };
    const answer = demoAnswer(request);
    let sent = '';
    for (const delta of deltasOf(answer)) {
      await this.#pause(signal);
      if (signal.aborted) return { type: 'aborted', usage: usageOf(request, sent) };
      sent += delta.text;
      onDelta(delta);
    }
    return {
      type: 'done',
      stop_reason: answer.stop_reason,
      tool_calls: answer.tool_calls,
      usage: usageOf(request, sent),
      answered_by: 'demo',
    };
  }

  /** It has nothing that could fail. */
  health(): ModelHealth {
    return { healthy: true };
  }

  /** Lets others run; with a pace, waits as long, or until the signal. */
  #pause(signal: AbortSignal): Promise<void> {
    if (this.#paceMs <= 0) return new Promise((resolve) => setImmediate(resolve));
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#clock.after(this.#paceMs, done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

/** Words of an answer that travel together: few enough to be seen coming, enough to stay cheap. */
const WORDS_PER_DELTA = 3;
/** Long answers come in bigger pieces, at most so many. */
const MOST_DELTAS = 64;

function deltasOf(answer: DemoAnswer): readonly ModelDelta[] {
  const text = piecesOf(answer.text).map((piece): ModelDelta => ({ block: 'text', text: piece }));
  const calls = answer.tool_calls.flatMap((call, i) =>
    piecesOf(JSON.stringify(call.arguments)).map((piece): ModelDelta => ({ block: `tool_call:${i}`, text: piece })),
  );
  return [...text, ...calls];
}

/** A text in pieces of a few words; joined they are the text. */
export function piecesOf(text: string): readonly string[] {
  const words = text.match(/\s*\S+\s*$|\s*\S+/g) ?? (text === '' ? [] : [text]);
  const size = Math.max(WORDS_PER_DELTA, Math.ceil(words.length / MOST_DELTAS));
  return Array.from({ length: Math.ceil(words.length / size) }, (_, i) =>
    words.slice(i * size, (i + 1) * size).join(''),
  );
}

function usageOf(request: ModelRequest, sent: string): Usage {
  const [input_tokens, output_tokens] = [inputTokens(request), outputTokens(sent)];
  return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
}
