import { afterAll, beforeAll, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import type { UpstreamErrorCode } from '../../../src/core/kernel/parley-error.js';
import type { ModelDelta, ModelEnd, ModelProvider, ModelRequest } from '../../../src/core/ports/model-provider.js';

/** A provider whose upstream does one wrong thing. */
export interface FailingCase {
  /** What it does. */
  readonly what: string;
  readonly provider: ModelProvider;
  readonly codes: readonly UpstreamErrorCode[];
}

/** What an implementation brings to be tested. Its providers are built by `MakeProviders`, once for the suite. */
export interface ProvidersUnderTest {
  /** Answers any request with text. */
  readonly answering: ModelProvider;
  /** What it answers, where that is known. */
  readonly answer?: string;
  /** Answers with at least 20 deltas that come one after the other. */
  readonly long?: ModelProvider;
  /** Calls the tool that is offered. */
  readonly calling?: { readonly provider: ModelProvider; readonly request: ModelRequest };
  readonly failing?: readonly FailingCase[];
  /** Texts that no client may see: keys, what the upstream said. */
  readonly secrets?: readonly string[];
  /** Resolves when no call of the long provider is open upstream: how the last so many of them ended there. */
  closed?(count: number): Promise<readonly unknown[]>;
  stop?(): Promise<void>;
}

export type MakeProviders = () => Promise<ProvidersUnderTest>;

/** What an implementation has no way to do, and why. */
export type ProviderSkips = Readonly<Partial<Record<'calling' | 'failing' | 'closed' | 'long', string>>>;

/** A request that every provider answers. */
export const REQUEST: ModelRequest = { messages: [{ role: 'user', content: 'Say something short.' }] };

/** One call, watched: what came, and what the port forbids. */
export interface Watched {
  readonly end: ModelEnd;
  readonly deltas: readonly ModelDelta[];
  readonly text: string;
}

/** Calls a provider, and checks what holds for every call. */
export async function call(
  provider: ModelProvider,
  request: ModelRequest = REQUEST,
  onDelta: (controller: AbortController, count: number) => void = () => undefined,
): Promise<Watched> {
  const controller = new AbortController();
  const deltas: ModelDelta[] = [];
  const faults: string[] = [];
  let ended = false;
  const end = await provider.stream(
    request,
    (delta) => {
      if (ended) faults.push('a delta after the end');
      if (controller.signal.aborted) faults.push('a delta after the abort');
      if (delta.text === '') faults.push('a delta without text');
      deltas.push(delta);
      onDelta(controller, deltas.length);
    },
    controller.signal,
  );
  ended = true;
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (getEventListeners(controller.signal, 'abort').length > 0) faults.push('a listener left on the signal');
  if (faults.length > 0) throw new Error(faults.join(', '));
  return { end, deltas, text: textOf(deltas) };
}

/** The answer text of deltas. */
export function textOf(deltas: readonly ModelDelta[]): string {
  return deltas.map(({ block, text }) => (block === 'text' ? text : '')).join('');
}

/** The providers of a suite, made before its first test and stopped after its last. */
export class ProviderSuite {
  readonly #make: MakeProviders;
  readonly #skips: ProviderSkips;
  #made: ProvidersUnderTest | undefined;

  constructor(make: MakeProviders, skips: ProviderSkips) {
    this.#make = make;
    this.#skips = skips;
    beforeAll(async () => {
      this.#made = await this.#make();
    });
    afterAll(async () => {
      await this.#made?.stop?.();
    });
  }

  get providers(): ProvidersUnderTest {
    if (this.#made === undefined) throw new Error('the providers are there only inside a test');
    return this.#made;
  }

  /** A test of something that an implementation may be unable to do; then it says why. */
  optional<Key extends keyof ProviderSkips>(
    key: Key,
    what: string,
    test: (found: NonNullable<ProvidersUnderTest[Key]>) => Promise<void>,
  ): void {
    const reason = this.#skips[key];
    // oxlint-disable-next-line jest/no-disabled-tests, jest/valid-title -- an implementation's stated reason
    if (reason !== undefined) return it.skip(`${what} (${reason})`, () => undefined);
    // oxlint-disable-next-line jest/valid-title, jest/expect-expect -- the test is the caller's
    it(what, async () => {
      const found = this.providers[key];
      if (found === undefined) throw new Error(`${key} is missing and not skipped with a reason`);
      await test(found);
    });
  }
}
