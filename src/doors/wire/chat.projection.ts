import { runFailure } from '../../conversations/run-error.js';
import type {
  Delta,
  Fact,
  RunEnd,
  ToolExecutionEnd,
  ToolExecutionStart,
  ToolRequest,
  ToolResultReceived,
} from '../../core/events/conversation-event.js';
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
        return heading === '' ? [] : [`${openFrame(fact.at, heading)}}`];
      }
      case 'tool_execution_start':
        return [tool(fact.at, 'tool_call_start', { ...callOf(body), status: 'executing' })];
      case 'tool_request':
        return [tool(fact.at, 'tool_call_start', { ...callOf(body), status: 'pending' })];
      case 'tool_execution_end':
        return [ended(fact.at, body, { ok: body.status === 'completed', before })];
      case 'tool_result_received':
        return [ended(fact.at, body, { ok: !body.is_error, before })];
      case 'message_discarded':
        return [frame('chat_discard', fact.at, { message_id: body.message_id })];
      case 'run_end':
        return [body.outcome === 'completed' ? complete(fact, body, before) : failure(fact, body)];
      default:
        return [];
    }
  }

  delta(delta: Delta): string | undefined {
    const open = openChunk(delta);
    return open === undefined ? undefined : `${open}}`;
  }

  refusal(at: number): string {
    return frame('error', at, { error_message: KEY_GONE, error_code: 'forbidden' });
  }
}

/** The frame of a delta without its last brace: for those who add keys, and do not want to copy a long text for it. */
export function openChunk({ block, step, at, text }: Delta): string | undefined {
  return block === 'text' && isShown(step) ? openFrame(at, text) : undefined;
}

function openFrame(at: number, text: string): string {
  return `{"event_type":"chat_chunk","timestamp":"${timestamp(at)}","content":${JSON.stringify(text)},"is_complete":false`;
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
    error_message: runFailure(body),
    error_code: body.upstream ?? body.code,
  });
}

/** A call as the streaming chat API shows it; keys in its order. `execution_time_ms` is ms. */
export interface ToolCallInfo {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly status: 'pending' | 'executing' | 'completed' | 'failed';
  readonly result?: string | null;
  readonly error?: string | null;
  readonly execution_time_ms?: number | null;
}

/** Fills in what is not there yet. */
export function toolCallInfo({ id, name, arguments: args, status, ...end }: ToolCallInfo): ToolCallInfo {
  const { result = null, error = null, execution_time_ms = null } = end;
  return { id, name, arguments: args, status, result, error, execution_time_ms };
}

function callOf(body: ToolExecutionStart | ToolRequest): Pick<ToolCallInfo, 'id' | 'name' | 'arguments'> {
  return { id: body.tool_call_id, name: body.tool_name, arguments: body.arguments };
}

function ended(
  at: number,
  body: ToolExecutionEnd | ToolResultReceived,
  { ok, before }: { readonly ok: boolean; readonly before: ConversationFold },
): string {
  const { tool_call_id: id, tool_name: name, result } = body;
  // Models repeat the ids of calls: the one that is open is meant.
  const asked = before.open.tools.find((open) => open.tool_call_id === id)?.arguments ?? {};
  const time = 'duration_ms' in body && body.duration_ms !== undefined ? { execution_time_ms: body.duration_ms } : {};
  return ok
    ? tool(at, 'tool_call_complete', { id, name, arguments: asked, status: 'completed', result, ...time })
    : tool(at, 'tool_call_error', { id, name, arguments: asked, status: 'failed', error: result, ...time });
}

function tool(at: number, event_type: string, call: ToolCallInfo): string {
  return frame(event_type, at, { tool_call: toolCallInfo(call) });
}

function frame(event_type: string, at: number, rest: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ event_type, timestamp: timestamp(at), ...rest });
}
