import { isFrame } from './steps.js';
import type { Flow, Frame, Step } from './steps.js';

/** How server-sent events are spelled; every field is legal SSE. */
export interface SseStyle {
  /** Line end; `mixed` takes the three in turn. */
  readonly eol?: '\n' | '\r\n' | '\r' | 'mixed';
  readonly noSpace?: boolean;
  readonly comments?: boolean;
  readonly byteOrderMark?: boolean;
  /** JSON over several `data:` lines. */
  readonly multiLine?: boolean;
  /** `ping` events, `id:` and `retry:` fields in between. */
  readonly unknownEvents?: boolean;
}

const EOLS = ['\n', '\r\n', '\r'];

/** Frames as server-sent events, one write each. */
export function* encodeSse(flow: Flow, style: SseStyle = {}): Iterable<Step> {
  let count = 0;
  if (style.byteOrderMark) yield { type: 'write', bytes: '\uFEFF' };
  for (const item of flow) {
    if (isFrame(item)) yield { type: 'write', bytes: spell(linesOf(item, style), style, count++) };
    else yield item;
  }
}

/** A frame's data as it is sent. */
export function dataOf(frame: Frame, indent = 0): string {
  return typeof frame.data === 'string' ? frame.data : JSON.stringify(frame.data, null, indent);
}

function linesOf(frame: Frame, style: SseStyle): string[] {
  const lines: string[] = [];
  if (style.comments) lines.push(': comment', ':');
  if (style.unknownEvents)
    lines.push('event: ping', 'data: {"type":"ping"}', '', 'id: 7', 'retry: 1000', 'other: field');
  if (frame.event !== undefined) lines.push(`event: ${frame.event}`);
  const data = dataOf(frame, style.multiLine ? 1 : 0);
  for (const line of style.multiLine ? data.split('\n') : [data]) lines.push(`data:${style.noSpace ? '' : ' '}${line}`);
  return [...lines, ''];
}

function spell(lines: readonly string[], style: SseStyle, index: number): string {
  // A lone CR before the next event's first line is unambiguous; a CR then LF would be one line end, so `mixed` turns per event.
  const eol = style.eol === 'mixed' ? (EOLS[index % EOLS.length] ?? '\n') : (style.eol ?? '\n');
  return lines.map((line) => line + eol).join('');
}
