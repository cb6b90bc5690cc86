import type { UpstreamErrorCode } from '../core/kernel/parley-error.js';
import type { ModelEnd, ModelHealth, ModelProvider } from '../core/ports/model-provider.js';

/** A model that is configured and cannot be used: it says why, and asks nobody. */
export class UnavailableProvider implements ModelProvider {
  readonly name: string;
  // Whatever it is asked, what is wrong with it is the answer.
  readonly accepts_images = true;
  readonly accepts_upstream_id = true;
  readonly #code: UpstreamErrorCode;
  readonly #reason: string;

  /** `reason` is shown to clients. */
  constructor(name: string, reason: string, code: UpstreamErrorCode) {
    this.name = name;
    this.#code = code;
    this.#reason = reason;
  }

  async stream(_request: unknown, _onDelta: unknown, signal: AbortSignal): Promise<ModelEnd> {
    if (signal.aborted) return { type: 'aborted' };
    return { type: 'failed', code: this.#code, message: this.#reason, retryable: false };
  }

  health(): ModelHealth {
    return { healthy: false, last_error: this.#reason };
  }
}
