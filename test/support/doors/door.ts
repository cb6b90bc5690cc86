import type { RunningServer } from '../server.js';
import type { DoorStream } from './door-stream.js';

export type Json = Record<string, unknown>;

export type DoorName =
  'events' | 'events-chat' | 'events-text' | 'chat' | 'ws' | 'socketio' | 'jsonrpc' | 'openai' | 'prompt';

export type Outcome = 'completed' | 'cancelled' | 'failed';

/** What a frame says, in words that are the same for all doors. A canonical frame says it in its own words beside. */
export type Item =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool_start'; readonly id: unknown; readonly arguments: unknown }
  | { readonly kind: 'tool_end'; readonly id: unknown; readonly ok: boolean; readonly result: unknown }
  | { readonly kind: 'discard'; readonly message_id: unknown }
  | { readonly kind: 'end'; readonly outcome: Outcome; readonly text?: string }
  | { readonly kind: 'fact'; readonly fact: Json }
  | { readonly kind: 'delta'; readonly message_id: unknown; readonly block: string; readonly text: string }
  /** The run goes on, but this stream does not. */
  | { readonly kind: 'away' };

/** One frame of a door. */
export interface Frame {
  /** Undefined: it belongs to an event whose last frame has the cursor, or its door has none. */
  readonly cursor: string | undefined;
  readonly items: readonly Item[];
  /** As it came; text where it is no JSON. */
  readonly raw: unknown;
}

/** What is said to an agent. */
export interface Ask {
  readonly message: string;
  /** Default: the agent `worker`; a door without agents asks its model. */
  readonly model?: string;
  /** Default: `continue`. */
  readonly on_disconnect?: 'cancel' | 'continue';
  readonly conversation_id?: string;
}

/** Where a stream is taken up. */
export interface Place {
  readonly conversation_id: string;
  readonly run_id: string;
  /** Absent: from the start of the run. */
  readonly cursor?: string | undefined;
}

/** Which server, and as whom. */
export interface Target {
  readonly server: Pick<RunningServer, 'url'>;
  readonly key: string;
}

/** A door as a client of it sees it. What it refuses rejects with `Refused`. */
export interface Door {
  readonly name: DoorName;
  /** Which kinds of items its frames have. */
  readonly shows: readonly Item['kind'][];
  /** Starts a run and watches it. Absent: this door only watches. */
  readonly begin?: (target: Target, ask: Ask) => Promise<DoorStream>;
  /** Watches a run, whatever door began it, from a cursor on. Absent: this door cannot name one. */
  readonly watch?: (target: Target, place: Place) => Promise<DoorStream>;
  /** Cancels what runs in a conversation. */
  readonly cancel?: (target: Target, place: Place) => Promise<void>;
}

/** What a door would not do. */
export class Refused extends Error {
  constructor(
    /** A status, or the code of an error. */
    readonly code: unknown,
    readonly body: unknown,
  ) {
    super(`refused: ${String(code)} ${JSON.stringify(body)}`);
  }
}
