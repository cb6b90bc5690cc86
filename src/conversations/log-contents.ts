import { cut } from '../core/kernel/cut.js';
import type { Fact, FactBody } from '../core/events/conversation-event.js';
import { assertNever } from '../core/kernel/assert-never.js';
import type { RunRecord } from '../core/ports/conversation-store.js';

/** Characters of one text that a log shows: it is written on the event loop. */
const MOST_SHOWN = 16_384;

type Said = Extract<FactBody, { type: 'message_end' | 'tool_execution_start' | 'tool_execution_end' }>;

/** For the log, where `logging.contents` asks for it: what people, models and tools write. */
export function logContents(
  log: (about: Readonly<Record<string, unknown>>, message: string) => void,
): (facts: readonly Fact[], run: RunRecord) => void {
  return (facts) => {
    for (const { body, agent, conversation_id, run_id } of facts) {
      if (isSaid(body)) log({ conversation_id, run_id, agent, ...contentsOf(body) }, body.type);
    }
  };
}

function isSaid(body: FactBody): body is Said {
  return ['message_end', 'tool_execution_start', 'tool_execution_end'].includes(body.type);
}

function contentsOf(body: Said): Readonly<Record<string, unknown>> {
  switch (body.type) {
    case 'message_end':
      return { role: body.role, text: shortened(body.text) };
    case 'tool_execution_start':
      return { tool: body.tool_name, arguments: shortened(JSON.stringify(body.arguments)) };
    case 'tool_execution_end':
      return { tool: body.tool_name, result: shortened(body.result) };
    default:
      return assertNever(body, 'fact with contents');
  }
}

function shortened(text: string): string {
  return cut(text, MOST_SHOWN);
}
