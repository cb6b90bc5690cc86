import { inspect } from 'node:util';
import type { ToolOutput } from '../../core/ports/tool.js';
import { cutText } from './cut-text.js';
import { isRecord } from './is-record.js';

/** What a model is told of a tool that gave nothing. */
const NOTHING = '(no output)';

/** How much of a value without a JSON form is shown. */
const INSPECTION = { depth: 5, maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 } as const;

/**
 * What a tool returned, in the form of the port. A text is the result as it is; `{content}` with a text or a list of text
 * blocks may bring `is_error`, `details` and `terminate`; binary data is described; anything else is told as JSON, or as
 * it would be inspected where it has no JSON form (cyclic, BigInt).
 */
export function toToolOutput(value: unknown): ToolOutput {
  const content = isRecord(value) ? contentOf(value['content']) : undefined;
  if (content === undefined || !isRecord(value)) return { content: cutText(textOf(value)) };
  const { details } = value;
  return {
    content: cutText(content),
    ...(value['is_error'] === true || value['isError'] === true ? { is_error: true } : {}),
    ...(details === undefined ? {} : { details: plainDetails(details) }),
    ...(value['terminate'] === true ? { terminate: true } : {}),
  };
}

/** The text of one block of content, as MCP servers and plugins give them. */
export function blockText(block: unknown): string {
  if (!isRecord(block)) return textOf(block);
  const { type, text, mimeType, data } = block;
  if (type === 'text' && typeof text === 'string') return text;
  const kind = typeof type === 'string' ? type : 'data';
  const form = typeof mimeType === 'string' ? `, ${cutText(mimeType, 100)}` : '';
  // Base64: four characters for three bytes.
  if (typeof data === 'string') return `[${kind}${form}, ${Math.floor((data.length * 3) / 4)} bytes]`;
  return textOf(block);
}

function contentOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  const blocks =
    Array.isArray(content) && content.every((block) => isRecord(block) && typeof block['type'] === 'string');
  return blocks ? content.map(blockText).join('\n') : undefined;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return NOTHING;
  const size = binarySize(value);
  if (size !== undefined) return `[binary data, ${size} bytes]`;
  try {
    return JSON.stringify(value) ?? inspect(value, INSPECTION);
  } catch {
    return inspect(value, INSPECTION);
  }
}

function binarySize(value: unknown): number | undefined {
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer || ArrayBuffer.isView(value))
    return value.byteLength;
  return value instanceof Blob ? value.size : undefined;
}

/** Details go into the log: what has no JSON form is told as a text. */
function plainDetails(details: unknown): unknown {
  try {
    const text = JSON.stringify(details);
    return text === undefined || text.length > 65_536
      ? cutText(textOf(details), 65_536)
      : (JSON.parse(text) as unknown);
  } catch {
    return cutText(inspect(details, INSPECTION), 65_536);
  }
}
