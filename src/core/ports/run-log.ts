import type { OpenText } from '../events/close-open.js';
import type { BlockKind, NewFact } from '../events/conversation-event.js';
import type { MessageId } from '../kernel/ids.js';

/**
 * Where a loop writes what happens in its run. Facts appended in one turn of the event loop become durable together and
 * are published after that; a delta is published at once, or right after the facts that came before it.
 */
export interface RunLog {
  append(facts: readonly NewFact[]): void;
  /** More text of an open message. */
  delta(message_id: MessageId, block: BlockKind, text: string): void;
  /** All text of an open message so far. */
  shownText(message_id: MessageId): OpenText;
  /** What a tool says while it runs: live only, lost by a watcher that is full. `partial` is JSON. */
  toolUpdate(tool_call_id: string, tool_name: string, partial: unknown): void;
  /**
   * Resolves when all that was appended is durable: awaited before any effect that must not happen twice.
   *
   * @throws ParleyError of the store, when it is not
   */
  committed(): Promise<void>;
}
