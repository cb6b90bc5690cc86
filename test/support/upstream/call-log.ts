import type { CallEnd, RecordedCall } from './types.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A call while it is being recorded. */
export type OpenCall = Writable<RecordedCall>;

/** What is known of a call when it arrives. */
export type Arrival = Pick<
  RecordedCall,
  'method' | 'path' | 'query' | 'dialect' | 'model' | 'headers' | 'body' | 'raw'
>;

interface Watcher {
  readonly holds: () => boolean;
  readonly settle: (error?: Error) => void;
}

/** Every call of one upstream, its counters, and those who wait for a change. */
export class CallLog {
  private calls: OpenCall[] = [];
  private readonly running = new Set<OpenCall>();
  private readonly peaks = new Map<string, number>();
  private readonly tallies = new Map<string, number>();
  private readonly watchers = new Set<Watcher>();

  begin(arrival: Arrival): OpenCall {
    const { model } = arrival;
    const concurrent = this.open(model) + 1;
    const n = this.tally(`call ${model}`);
    const now = performance.now();
    const call: OpenCall = {
      ...arrival,
      index: this.calls.length,
      n,
      at: Date.now(),
      startedAt: now,
      concurrent,
      bytesSent: 0,
    };
    this.calls.push(call);
    this.running.add(call);
    this.peaks.set(model, Math.max(concurrent, this.peaks.get(model) ?? 0));
    this.peaks.set('', Math.max(this.open(), this.peaks.get('') ?? 0));
    this.changed();
    return call;
  }

  end(call: OpenCall, end: CallEnd): void {
    call.end = end;
    call.endedAt = performance.now();
    this.running.delete(call);
    this.changed();
  }

  list(model?: string): readonly RecordedCall[] {
    return this.calls.filter((call) => model === undefined || call.model === model);
  }

  open(model?: string): number {
    if (model === undefined) return this.running.size;
    return [...this.running].filter((call) => call.model === model).length;
  }

  /** The most calls that were open at once, of one model or of all. */
  maxConcurrent(model = ''): number {
    return this.peaks.get(model) ?? 0;
  }

  tally(key: string): number {
    const count = (this.tallies.get(key) ?? 0) + 1;
    this.tallies.set(key, count);
    return count;
  }

  clear(): void {
    this.calls = [];
    this.running.clear();
    this.peaks.clear();
    this.tallies.clear();
  }

  /** Resolves as soon as the condition holds; looked at again at every change of a call. */
  until(holds: () => boolean, ms: number): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        this.watchers.delete(watcher);
        if (error === undefined) resolve();
        else reject(error);
      };
      const watcher: Watcher = { holds, settle };
      const timer = setTimeout(
        () => settle(new Error(`the upstream did not get there in ${ms} ms:\n${this.summary()}`)),
        ms,
      );
      this.watchers.add(watcher);
    });
  }

  changed(): void {
    for (const watcher of this.watchers) if (watcher.holds()) watcher.settle();
  }

  closeWatchers(): void {
    for (const watcher of this.watchers) watcher.settle(new Error('the upstream was closed'));
  }

  private summary(): string {
    return this.calls.map((call) => `  ${call.model}#${call.n} ${call.status ?? '-'} ${call.end ?? 'open'}`).join('\n');
  }
}
