import type { Script } from './script-book.js';
import type { RecordedCall } from './types.js';

/** How to start an upstream; all of it optional. */
export interface UpstreamOptions {
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Calls without this key get a 401. */
  readonly apiKey?: string;
  /** What `GET …/models` lists. */
  readonly models?: readonly string[];
}

/** A running scripted upstream. */
export interface Upstream {
  /** Base URL of the OpenAI dialect: `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  /** The same without the path. */
  readonly origin: string;
  readonly port: number;
  /** Recorded calls in order of arrival, all or of one model. */
  calls(model?: string): readonly RecordedCall[];
  /** Calls that have not ended, all or of one model. */
  open(model?: string): number;
  /** The most calls that were open at once, of one model or of all. */
  maxConcurrent(model?: string): number;
  /** TCP connections now, and since the start. */
  connections(): { readonly open: number; readonly total: number };
  /** Sets the answers of a model; `*` is any model without a script, `GET /models` the model list. */
  script(model: string, script: Script): void;
  /** Resolves when the condition holds, without polling; rejects after `timeoutMs` (30,000). */
  until(condition: (upstream: Upstream) => boolean, timeoutMs?: number): Promise<void>;
  /** Throws if a call was not expected, a reply was not used, or a scripted function failed. */
  assertComplete(): void;
  /** Cuts open calls and forgets calls, counters and scripts. */
  reset(): void;
  /** Cuts everything and resolves when no socket and no timer is left. */
  close(): Promise<void>;
}
