import { evolveHistory, NO_HISTORY, type History } from '../core/agent/history.js';
import type { FactType } from '../core/events/conversation-event.js';
import type { ConversationRef } from '../core/kernel/ids.js';
import type { EventLog } from '../core/ports/conversation-store.js';
import { readFacts } from './load-fold.js';

/** The facts that a history is made of. */
const HISTORY_TYPES: readonly FactType[] = [
  'run_start',
  'message_end',
  'tool_execution_end',
  'tool_result_received',
  'turn_end',
  'run_end',
];

/** Reads what was said in a conversation, as a model is shown it. */
export class ChatHistories {
  constructor(private readonly log: EventLog) {}

  /** Everything before a place in the log. */
  async before(ref: ConversationRef, seq: number): Promise<History> {
    let history = NO_HISTORY;
    for await (const page of readFacts(this.log, ref, { after: 0, until: seq - 1, types: HISTORY_TYPES })) {
      for (const fact of page) history = evolveHistory(history, fact);
    }
    return history;
  }
}
