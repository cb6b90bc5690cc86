import type { Usage } from '../../src/core/events/conversation-event.js';
import type { ModelDelta, ModelEnd, ModelProvider, ModelRequest } from '../../src/core/ports/model-provider.js';
import type { Models } from '../../src/core/ports/models.js';

/** No answer until the signal aborts. */
export const HANG = { type: 'hang' } as const;

/** A text, and then an end of another kind, or nothing until the signal aborts. */
export interface CutReply {
  readonly type: 'cut';
  readonly text: string;
  readonly end: ModelEnd | typeof HANG;
}

/** What a scripted model does on one call: a text, an end of another kind, or nothing until the signal aborts. */
export type ScriptedReply = string | ModelEnd | CutReply | typeof HANG | ((request: ModelRequest) => string);

const USAGE: Usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };

/** A model in this process that gives its replies in order, once each. A call it does not expect is an error. */
export class ScriptedModel implements ModelProvider {
  readonly requests: ModelRequest[] = [];
  readonly #replies: ScriptedReply[];

  constructor(
    readonly name: string,
    replies: readonly ScriptedReply[],
  ) {
    this.#replies = [...replies];
  }

  async stream(request: ModelRequest, onDelta: (delta: ModelDelta) => void, signal: AbortSignal): Promise<ModelEnd> {
    this.requests.push(request);
    if (signal.aborted) return { type: 'aborted' };
    const reply = this.#replies.shift();
    if (reply === undefined) throw new Error(`unexpected call of the model "${this.name}"`);
    if (typeof reply === 'object' && reply.type !== 'cut') return endAs(reply, signal);
    const text = typeof reply === 'function' ? reply(request) : typeof reply === 'string' ? reply : reply.text;
    onDelta({ block: 'thinking', text: '{"agent_evaluations": {"thoughts": {}}}' });
    for (const piece of text.match(/[\s\S]{1,7}/g) ?? []) onDelta({ block: 'text', text: piece });
    if (typeof reply === 'object') return endAs(reply.end, signal);
    return { type: 'done', stop_reason: 'stop', tool_calls: [], usage: USAGE };
  }

  health(): { readonly healthy: boolean } {
    return { healthy: true };
  }

  /** Throws when replies were not asked for. */
  assertComplete(): void {
    if (this.#replies.length > 0)
      throw new Error(`${this.#replies.length} replies of "${this.name}" were not asked for`);
  }
}

/** Some models by name; the first is the default. */
export function modelsOf(...providers: readonly ModelProvider[]): Models {
  return {
    default_model: providers[0]?.name ?? '',
    names: () => providers.map((provider) => provider.name),
    get: (name) => providers.find((provider) => provider.name === name),
    describe: () => undefined,
  };
}

async function endAs(end: ModelEnd | typeof HANG, signal: AbortSignal): Promise<ModelEnd> {
  return end.type === 'hang' ? untilAborted(signal) : end;
}

async function untilAborted(signal: AbortSignal): Promise<ModelEnd> {
  const { promise, resolve } = Promise.withResolvers<ModelEnd>();
  const stop = (): void => resolve({ type: 'aborted' });
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
