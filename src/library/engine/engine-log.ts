import type { OpenText as ShownText } from '../../core/events/close-open.js';
import type { BlockKind, Fact, NewFact } from '../../core/events/conversation-event.js';
import { EMPTY_FOLD, evolveFold, type ConversationFold } from '../../core/events/fold.js';
import { OpenText } from '../../core/events/open-text.js';
import type { ConversationId, MessageId, RunId } from '../../core/kernel/ids.js';
import { evolveImprovement, NOTHING_WRITTEN, type ImprovementState } from '../../core/improvement/state.js';
import type { RunLog } from '../../core/ports/run-log.js';
import { textOfDelta, textOfFact } from '../../doors/wire/text.projection.js';

const CONVERSATION = 'conv_engine' as ConversationId;
const RUN = 'run_engine' as RunId;

/** The log of one reply, kept nowhere: what is shown of it goes to a reader as text. */
export class EngineLog implements RunLog {
  readonly #open = new Map<MessageId, OpenText>();
  #fold: ConversationFold = EMPTY_FOLD;
  #state: ImprovementState = NOTHING_WRITTEN;

  constructor(private readonly show: (text: string) => void) {
    this.append([{ body: { type: 'run_start', kind: 'chat', on_disconnect: 'cancel' } }]);
  }

  /** What was written so far. */
  get state(): ImprovementState {
    return this.#state;
  }

  append(facts: readonly NewFact[]): void {
    for (const fact of facts) {
      const { body } = fact;
      const numbered: Fact = { ...fact, seq: this.#fold.seq + 1, at: 0, conversation_id: CONVERSATION, run_id: RUN };
      this.#say(textOfFact(numbered, this.#fold));
      this.#fold = evolveFold(this.#fold, numbered);
      this.#state = evolveImprovement(this.#state, fact);
      if (body.type === 'message_start') this.#open.set(body.message_id, new OpenText());
    }
  }

  delta(message_id: MessageId, block: BlockKind, text: string): void {
    this.#open.get(message_id)?.append(block, text);
    const step = this.#fold.open.messages.find((message) => message.message_id === message_id)?.step;
    const about = step === undefined ? {} : { step };
    this.#say(textOfDelta({ message_id, offset: 0, block, text, at: 0, conversation_id: CONVERSATION, ...about }));
  }

  shownText(message_id: MessageId): ShownText {
    const open = this.#open.get(message_id);
    const blocks = open?.blocks();
    return { text: open?.text ?? '', ...(blocks === undefined ? {} : { blocks }) };
  }

  toolUpdate(): void {
    // There are no tools.
  }

  committed(): Promise<void> {
    return Promise.resolve();
  }

  #say(text: string): void {
    if (text !== '') this.show(text);
  }
}
