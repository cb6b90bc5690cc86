import type { Encoder } from '../../src/core/events/encoder.js';
import type { ConversationId, Tenant } from '../../src/core/kernel/ids.js';
import type { ParleyError } from '../../src/core/kernel/parley-error.js';
import type { Clock } from '../../src/core/ports/clock.js';
import type { ConversationStore } from '../../src/core/ports/conversation-store.js';
import { RunSupervisor } from '../../src/conversations/run-supervisor.js';
import type { RunLoop } from '../../src/conversations/run-loop.js';
import { WatchEvents } from '../../src/conversations/watch-events.js';
import type { WatcherSink } from '../../src/conversations/watcher.js';
import { CanonicalProjection } from '../../src/doors/wire/canonical.projection.js';
import { SseEncoder } from '../../src/doors/wire/projection.js';
import { SystemIds } from '../../src/runtime/system-ids.js';
import { MemoryStore } from '../../src/stores/memory/memory-store.js';
import { SseParser, type SseFrame } from '../support/sse.js';

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  constructor(public time = 1_700_000_000_000) {}

  now(): number {
    return this.time;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.time + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(ms: number): void {
    this.time += ms;
    for (const timer of [...this.#timers].toSorted((a, b) => a.at - b.at)) {
      if (timer.at <= this.time && this.#timers.delete(timer)) timer.callback();
    }
  }
}

/** A connection whose socket can be stopped: what is written then stays queued. */
export class ManualSink implements WatcherSink {
  readonly frames: SseFrame[] = [];
  ended = false;
  wasCut = false;
  highest = 0;
  readonly #parser = new SseParser();
  #stopped = false;
  #queue: string[] = [];
  #drained: (() => void)[] = [];

  write(frames: string): void {
    if (this.#stopped) {
      this.#queue.push(frames);
      this.highest = Math.max(this.highest, this.queued());
    } else this.frames.push(...this.#parser.push(frames));
  }

  queued(): number {
    return this.#queue.reduce((sum, text) => sum + text.length, 0);
  }

  onDrained(callback: () => void): void {
    if (this.#stopped) this.#drained.push(callback);
    else setImmediate(callback);
  }

  end(): void {
    this.ended = true;
  }

  cut(): void {
    this.wasCut = true;
  }

  /** The reader stops taking. */
  stop(): void {
    this.#stopped = true;
  }

  /** The reader takes all that waits, and goes on. */
  go(): void {
    this.#stopped = false;
    for (const text of this.#queue.splice(0)) this.frames.push(...this.#parser.push(text));
    for (const callback of this.#drained.splice(0)) callback();
  }

  get lastId(): string {
    return this.frames.at(-1)?.id ?? '0';
  }
}

export const TENANT = 'test' as Tenant;
export const ENCODER: Encoder = new SseEncoder(new CanonicalProjection());

export interface Bench {
  readonly store: ConversationStore;
  readonly supervisor: RunSupervisor;
  readonly watch: WatchEvents;
  readonly clock: ManualClock;
  readonly errors: ParleyError[];
  begin(settings?: Record<string, unknown>): Promise<{ tenant: Tenant; conversation_id: ConversationId }>;
}

/** The application layer over a store, with a loop of the test's own in place of the conversation. */
export function bench(
  drive: RunLoop['drive'],
  store: ConversationStore = new MemoryStore(),
  time_limit_ms = 1e9,
): Bench {
  const clock = new ManualClock();
  const ids = new SystemIds();
  const errors: ParleyError[] = [];
  let started: Promise<void> | undefined;
  const supervisor = new RunSupervisor({
    store,
    clock,
    ids,
    loops: { multi_agent: { kind: 'multi_agent', time_limit_ms, drive } },
    limits: { open_text_chars: 1e9, active_runs: 100 },
    onError: (error) => errors.push(error),
  });
  return {
    store,
    supervisor,
    clock,
    errors,
    watch: new WatchEvents({ store, supervisor, clock }),
    async begin(settings = {}) {
      started ??= store.start();
      await started;
      const ref = { tenant: TENANT, conversation_id: ids.conversation() };
      const create = { kind: 'multi_agent' as const, created_at: clock.now(), settings };
      await supervisor.begin({ ref, kind: 'multi_agent', on_disconnect: 'continue', settings, create });
      return ref;
    },
  };
}

/** Lets everything that is ready happen. */
export async function settle(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
