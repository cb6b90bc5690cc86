import type { Ask, ToolCall } from '../types.js';
import { lastUserText, toolResultsOf } from './asked.js';
import { sampleOf } from './schema-sample.js';

const MARKER = /\[\[tool(bad|s:(\d+))?:([\w.-]+)\s*(.*?)\]\](?!\])/gs;

/**
 * The tool calls that markers in the last user message ask for, while it is not answered by results:
 * `[[tool:name {"a":1}]]`, several are parallel calls, `[[toolbad:name {"a":]]` has broken arguments,
 * `[[tools:3:name {}]]` asks in three rounds. Nothing unless the request offers tools.
 */
export function markedToolCalls(ask: Ask): ToolCall[] {
  if (ask.tools.length === 0) return [];
  const answered = toolResultsOf(ask).length;
  const wanted = [...lastUserText(ask).matchAll(MARKER)].filter(
    (m) => answered < (m[2] === undefined ? 1 : Number(m[2])),
  );
  if (wanted.length > 0) return wanted.map((m, i) => toolCall(ask, i, { name: m[3] ?? '', arguments: m[4] || '{}' }));
  return answered === 0 ? forcedToolCalls(ask) : [];
}

/** A call with an id that no other call has. */
export function toolCall(ask: Ask, position: number, called: Omit<ToolCall, 'id'>): ToolCall {
  return { id: `call_${ask.index}_${position}`, ...called };
}

/** A call of that tool, or of the first one, with arguments its schema accepts. */
export function sampleToolCall(ask: Ask, name?: string): ToolCall | undefined {
  const tool = name === undefined ? ask.tools[0] : ask.tools.find((offered) => offered.name === name);
  return tool === undefined
    ? undefined
    : toolCall(ask, 0, { name: tool.name, arguments: JSON.stringify(sampleOf(objectSchema(tool.parameters))) });
}

function forcedToolCalls(ask: Ask): ToolCall[] {
  if (ask.forcedTool === undefined) return [];
  const call = sampleToolCall(ask, ask.forcedTool === '*' ? undefined : ask.forcedTool);
  return call === undefined ? [] : [call];
}

function objectSchema(parameters: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { type: 'object', ...parameters };
}
