import type { AssistantMessage } from '../../core/agent-messages/message.js';
import { EventStream } from './event-stream.js';
import type { AssistantMessageEvent } from './stream-event.js';

/**
 * The events of one model call, and its message. Leaving a `for await` over it early aborts the call.
 *
 * @example
 * const stream = openaiCompletionsStream(model, context, options);
 * for (let event = await stream.nextEvent(); event !== undefined; event = await stream.nextEvent()) console.log(event.type);
 * console.log(await stream.result());
 */
export class AssistantStream extends EventStream<AssistantMessageEvent> {
  readonly #message = Promise.withResolvers<AssistantMessage>();

  /** The last event closes the stream. */
  override push(event: AssistantMessageEvent): void {
    super.push(event);
    if (event.type === 'done') this.#message.resolve(event.message);
    else if (event.type === 'error') this.#message.resolve(event.error);
    else return;
    this.close();
  }

  /** The whole message, once it is; what failed is told by its `stop_reason`. Never rejects. */
  result(): Promise<AssistantMessage> {
    return this.#message.promise;
  }
}
