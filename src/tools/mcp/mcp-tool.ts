import { createHash } from 'node:crypto';
import type { Tool, ToolContext, ToolOutput } from '../../core/ports/tool.js';
import { cutText } from '../shared/cut-text.js';
import { isRecord } from '../shared/is-record.js';
import { isToolName } from '../shared/tool-name.js';
import { blockText, toToolOutput } from '../shared/tool-output.js';
import type { CallResult, ListedTool } from './sdk.js';

/** Calls a tool of a server by the server's own name for it. */
export type CallMcp = (
  name: string,
  args: Readonly<Record<string, unknown>>,
  context: ToolContext,
) => Promise<ToolOutput>;

/** Characters. Every model call pays for them. */
const LONGEST_DESCRIPTION = 4_096;

/** A server's tool behind the port. What may be read only may be done again as well. */
export function mcpTool(server: string, listed: ListedTool, call: CallMcp): Tool {
  const { name, title, description, inputSchema, annotations } = listed;
  const label = title ?? annotations?.title;
  return {
    name: mcpToolName(server, name),
    description: cutText(description ?? label ?? name, LONGEST_DESCRIPTION),
    parameters: inputSchema,
    idempotent: annotations?.idempotentHint === true || annotations?.readOnlyHint === true,
    ...(label === undefined ? {} : { label: cutText(label, 200) }),
    execute: (args, context) => call(name, args, context),
  };
}

/**
 * `server__tool`, always with the server: so no server can take the place of another's tool, and no name depends on which
 * servers are there. What models do not take in a name becomes `_`, and a hash tells such names apart.
 */
export function mcpToolName(server: string, tool: string): string {
  const name = `${server}__${tool}`;
  if (isToolName(name)) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${inToolName(name)}_${hash}`;
}

/** What the names of all tools of a server begin with. */
export function mcpToolPrefix(server: string): string {
  return inToolName(`${server}__`);
}

function inToolName(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 55);
}

/** What the model is told of a result: texts as they are, other content described; the structured form where there is no other. */
export function mcpOutput({ content, structuredContent, isError }: CallResult): ToolOutput {
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
  const text = blocks.length === 0 ? structuredContent : blocks.map(describe).join('\n');
  return toToolOutput({
    content: typeof text === 'string' ? text : toToolOutput(text).content,
    is_error: isError,
    details: structuredContent,
  });
}

function describe(block: unknown): string {
  if (!isRecord(block)) return blockText(block);
  const { type, resource, uri, name, description } = block;
  if (type === 'resource' && isRecord(resource)) {
    const { text, blob, mimeType } = resource;
    if (typeof text === 'string') return text;
    return blockText({ type: `resource ${String(resource['uri'])}`, mimeType, data: blob });
  }
  if (type === 'resource_link')
    return `[${String(name)}: ${String(uri)}${typeof description === 'string' ? `, ${description}` : ''}]`;
  return blockText(block);
}
