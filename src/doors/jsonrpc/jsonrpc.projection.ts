import { runError } from '../../conversations/run-error.js';
import type { Delta, Fact, RunEnd, ToolRequest } from '../../core/events/conversation-event.js';
import type { ConversationFold } from '../../core/events/fold.js';
import { headingOf, isShown } from '../../core/events/message-step.js';
import type { ConversationId } from '../../core/kernel/ids.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { FrameProjection } from '../wire/frame-encoder.js';
import { notification, withData, type NotificationPlace, type StatusMessage } from './notification.js';
import { rpcError } from '../wire/json-rpc.js';

/**
 * The log of a session as its client is told: notifications of JSON-RPC 2.0. Where an event has two, the first carries the
 * cursor before it: who has the first alone gets both again.
 */
export class JsonRpcProjection implements FrameProjection {
  readonly name = 'jsonrpc';

  fact(fact: Fact, before: ConversationFold, cursor: string): readonly string[] {
    const { body, conversation_id, run_id } = fact;
    const place = { conversation_id, run_id, cursor };
    // No message is open where an event has two notifications: then a cursor is a number.
    const earlier = { ...place, cursor: String(before.seq) };
    switch (body.type) {
      case 'message_start': {
        const heading = headingOf(body.step);
        return heading === '' ? [] : [textChunk(heading, place)];
      }
      case 'message_discarded':
        return [notification('text_discarded', place, { message_id: body.message_id })];
      case 'tool_request':
        return body.last === true
          ? [callRequest(body, earlier), end('Function call(s) requested', place)]
          : [callRequest(body, place)];
      case 'run_end':
        return runEnd(body, { place, earlier, text: before.run?.text ?? '' });
      default:
        return [];
    }
  }

  delta({ block, text, step, conversation_id, run_id }: Delta, cursor: string): string | undefined {
    return block === 'text' && isShown(step) ? textChunk(text, { conversation_id, run_id, cursor }) : undefined;
  }

  /** No end of a task, but of what this socket gets of it. */
  farewell(cursor: string, conversation_id: ConversationId): string {
    const error = new ParleyError('draining', 'the server is going away: come back and resume with the cursor');
    return notification('error', { conversation_id, cursor }, { error: rpcError(error) });
  }
}

/** The text under both of its names. */
function textChunk(text: string, place: NotificationPlace): string {
  return notification('text_chunk', place, { chunk: text, content: text });
}

function callRequest(
  { tool_call_id: id, tool_name, arguments: parameters }: ToolRequest,
  place: NotificationPlace,
): string {
  const tool_call = { id, tool: tool_name, parameters };
  return notification('function_call_request', place, { request_id: id, tool_name, parameters, tool_call });
}

function end(status_message: StatusMessage, place: NotificationPlace, final_text: string | null = null): string {
  return notification('end', place, { final_text, status_message });
}

function runEnd(
  body: RunEnd,
  {
    place,
    earlier,
    text,
  }: { readonly place: NotificationPlace; readonly earlier: NotificationPlace; readonly text: string },
): readonly string[] {
  switch (body.outcome) {
    case 'completed':
      return [end('Completed', place, text)];
    case 'cancelled':
      return [end('Cancelled', place)];
    case 'failed':
      return [notification('error', earlier, { error: withData(rpcError(runError(body))) }), end('Failed', place)];
  }
}
