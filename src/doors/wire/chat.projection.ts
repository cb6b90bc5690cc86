import type { Delta, Fact, RunEnd } from '../../core/events/conversation-event.js';
import type { ConversationFold } from '../../core/events/fold.js';
import { headingOf, isShown } from '../../core/events/message-step.js';
import { KEY_GONE, type Projection } from './projection.js';
import { timestamp } from './timestamp.js';

/** The log as the streaming chat API shows it: its frames, keys in its order. */
export class ChatProjection implements Projection {
  readonly name = 'chat';

  fact(fact: Fact, before: ConversationFold): readonly string[] {
    const body = fact.body;
    switch (body.type) {
      case 'message_start': {
        const heading = headingOf(body.step);
        return heading === '' ? [] : [chunk(fact.at, heading)];
      }
      case 'message_discarded':
        return [frame('chat_discard', fact.at, { message_id: body.message_id })];
      case 'run_end':
        return [body.outcome === 'completed' ? complete(fact, body, before) : failure(fact, body)];
      default:
        return [];
    }
  }

  delta(delta: Delta): string | undefined {
    if (delta.block !== 'text' || !isShown(delta.step)) return undefined;
    return chunk(delta.at, delta.text);
  }

  refusal(at: number): string {
    return frame('error', at, { error_message: KEY_GONE, error_code: 'forbidden' });
  }
}

function chunk(at: number, text: string): string {
  return `{"event_type":"chat_chunk","timestamp":"${timestamp(at)}","content":${JSON.stringify(text)},"is_complete":false}`;
}

function complete(fact: Fact, body: RunEnd, before: ConversationFold): string {
  return frame('chat_complete', fact.at, {
    final_response: before.run?.text ?? '',
    total_tool_calls: before.run?.tool_calls ?? 0,
    conversation_id: fact.conversation_id,
    usage: body.usage,
  });
}

function failure(fact: Fact, body: RunEnd): string {
  return frame('error', fact.at, {
    error_message: body.detail ?? `the run was ${body.outcome}`,
    error_code: body.code,
  });
}

function frame(event_type: string, at: number, rest: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ event_type, timestamp: timestamp(at), ...rest });
}
