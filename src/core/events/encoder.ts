import type { Delta, Fact, ToolUpdate } from './conversation-event.js';
import type { ConversationFold } from './fold.js';
import type { ConversationId } from '../kernel/ids.js';

/**
 * Turns log events into the frames of one protocol surface: a pure function of the event, the fold before it, and the
 * cursor after it. All watchers that share an encoder object share what it returns, so an event is serialised once.
 * Returns all frames of the event as one text, the last carrying the cursor; empty: no frame, the cursor moves silently.
 */
export interface Encoder {
  /** It never looks at `run.text` of a fold: for its readers the text of a long run is not gathered. Absent: it may. */
  readonly ignores_run_text?: boolean;
  fact(fact: Fact, before: ConversationFold, cursor: string): string;
  delta(delta: Delta, cursor: string): string;
  /** What a tool says while it runs; it moves no cursor. Absent: such surfaces do not show it. */
  toolUpdate?(update: ToolUpdate): string;
  /** A sign of life, carrying the cursor. */
  heartbeat(cursor: string): string;
  /** The server goes away for a while: the reader of a conversation is to come back with the cursor. */
  farewell(cursor: string, conversation_id: ConversationId): string;
  /** The reader is no longer allowed to read on. Absent: nothing is said. */
  refusal?(at: number): string;
}
