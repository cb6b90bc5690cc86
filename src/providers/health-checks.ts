import type { Clock } from '../core/ports/clock.js';
import type { ModelProvider } from '../core/ports/model-provider.js';
import type { Models } from '../core/ports/models.js';

/** How often models that are not well are asked how they are, ms. */
const OFTEN_MS = 60_000;
/** Each so many rounds the others are asked too. */
const ALL_EVERY = 5;
/** A check that takes longer says nothing. */
const PATIENCE_MS = 20_000;

/**
 * Asks models now and then how they are, in the background, by checks that generate nothing: so that one without traffic is
 * known to be down, and one that was down is known to be back. What they found is kept by the providers; who asks for the
 * health of a model is told that, and asks nobody.
 */
export class HealthChecks {
  #round = 0;
  #stopped = false;
  #disarm: (() => void) | undefined;
  readonly #abort = new AbortController();

  constructor(
    private readonly models: Pick<Models, 'names' | 'get'>,
    private readonly clock: Clock,
  ) {}

  /** The first round comes after a while: a start costs nobody anything. */
  start(): void {
    if (this.#stopped) return;
    this.#disarm = this.clock.after(OFTEN_MS, () => {
      void this.#check().finally(() => this.start());
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#disarm?.();
    this.#abort.abort();
  }

  async #check(): Promise<void> {
    this.#round++;
    const all = this.#round % ALL_EVERY === 0;
    const due = this.models
      .names()
      .map((name) => this.models.get(name))
      .filter((model): model is ModelProvider => model !== undefined && (all || !model.health().healthy));
    await Promise.allSettled(due.map((model) => this.#checkOne(model)));
  }

  async #checkOne(model: ModelProvider): Promise<void> {
    const late = new AbortController();
    const disarm = this.clock.after(PATIENCE_MS, () => late.abort());
    try {
      await model.check?.(AbortSignal.any([this.#abort.signal, late.signal]));
    } finally {
      disarm();
    }
  }
}
