import type { MessageEnd, MessageStep } from '../events/conversation-event.js';
import type { MessageId } from '../kernel/ids.js';
import type { ModelDelta } from '../ports/model-provider.js';
import type { Emit, ImprovementContext } from './context.js';

/** A message of an improved answer, from its start to its end. */
export class StepMessage {
  readonly #id: MessageId;

  /** Starts it. */
  constructor(
    private readonly context: ImprovementContext,
    private readonly emit: Emit,
    readonly step: MessageStep,
  ) {
    this.#id = context.ids.message();
    const model = step.part === 'answer' ? {} : { model: context.provider.name };
    this.#say({ type: 'message_start', message_id: this.#id, role: 'assistant', ...model, step });
  }

  write({ block, text }: ModelDelta): void {
    this.context.log.delta(this.#id, block, text);
  }

  end(stop_reason: MessageEnd['stop_reason'], usage?: MessageEnd['usage']): void {
    const text = this.context.log.shownText(this.#id);
    const spent = usage === undefined ? {} : { usage };
    const { step } = this;
    this.#say({
      type: 'message_end',
      message_id: this.#id,
      role: 'assistant',
      ...text,
      stop_reason,
      step,
      ...spent,
    });
  }

  /** What was shown of it is to be dropped: another one takes its place. */
  discard(): void {
    this.#say({ type: 'message_discarded', message_id: this.#id, reason: 'repaired' });
  }

  #say(body: Parameters<Emit>[0][number]['body']): void {
    this.emit([{ body, agent: this.context.agent }]);
  }
}
