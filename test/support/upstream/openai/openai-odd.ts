import type { OddShape } from '../dialect.js';
import { isRecord, listAt } from '../json.js';
import type { JsonRecord } from '../json.js';
import { insertAfter, isFrame } from '../steps.js';
import type { Flow, Frame } from '../steps.js';

const WEIRD_USAGE = { prompt_tokens: -5, completion_tokens: 1e12, total_tokens: 'many', prompt_tokens_details: null };

/** A stream with odd contents. */
export function oddChatFrames(shape: OddShape, flow: Flow): Flow {
  switch (shape) {
    case 'no-choices':
      return mapChunks(flow, (chunk) => ({ ...chunk, choices: [] }));
    case 'null-delta':
      return insertAfter(
        2,
        chunkFrame({ delta: null }),
        chunkFrame({ delta: { content: null } }),
        chunkFrame({}),
      )(flow);
    case 'two-choices':
      return withSecondChoice(flow);
    case 'wrong-index':
      return mapChunks(flow, (chunk) => ({
        ...chunk,
        choices: mapChoices(chunk, (choice) => ({ ...choice, index: 7 })),
      }));
    case 'usage-weird':
      return weirdUsage(flow);
    case 'usage-missing':
      return keep(flow, (frame) => frame.part !== 'usage');
    case 'unknown-finish':
      return mapChunks(flow, (chunk, frame) => (frame.part === 'finish' ? finishedBy(chunk, 'eternal_sleep') : chunk));
    case 'empty-content':
      return keep(flow, (frame) => frame.part !== 'delta');
  }
}

/** A whole answer with odd contents. */
export function oddChatWhole(shape: OddShape, body: unknown): unknown {
  if (!isRecord(body)) return body;
  switch (shape) {
    case 'no-choices':
      return { ...body, choices: [] };
    case 'null-delta':
      return { ...body, choices: mapChoices(body, (choice) => ({ ...choice, message: null })) };
    case 'two-choices':
      return { ...body, choices: [...listAt(body, 'choices'), secondChoice('message')] };
    case 'wrong-index':
      return { ...body, choices: mapChoices(body, (choice) => ({ ...choice, index: 7 })) };
    case 'usage-weird':
      return { ...body, usage: WEIRD_USAGE };
    case 'usage-missing':
      return Object.fromEntries(Object.entries(body).filter(([key]) => key !== 'usage'));
    case 'unknown-finish':
      return finishedBy(body, 'eternal_sleep');
    case 'empty-content':
      return {
        ...body,
        choices: mapChoices(body, (choice) => ({ ...choice, message: { role: 'assistant', content: '' } })),
      };
  }
}

function* mapChunks(flow: Flow, change: (chunk: JsonRecord, frame: Frame) => unknown): Flow {
  for (const item of flow) {
    if (isFrame(item) && isRecord(item.data)) yield { ...item, data: change(item.data, item) };
    else yield item;
  }
}

function* keep(flow: Flow, wanted: (frame: Frame) => boolean): Flow {
  for (const item of flow) if (!isFrame(item) || wanted(item)) yield item;
}

function mapChoices(body: JsonRecord, change: (choice: JsonRecord) => unknown): unknown[] {
  return listAt(body, 'choices').map((choice) => (isRecord(choice) ? change(choice) : choice));
}

function finishedBy(body: JsonRecord, reason: string): unknown {
  return { ...body, choices: mapChoices(body, (choice) => ({ ...choice, finish_reason: reason })) };
}

function chunkFrame(choice: JsonRecord): Frame {
  const choices = [{ index: 0, finish_reason: null, ...choice }];
  return { part: 'start', data: { id: 'chatcmpl-odd', object: 'chat.completion.chunk', choices } };
}

function secondChoice(field: 'delta' | 'message'): JsonRecord {
  return { index: 1, [field]: { role: 'assistant', content: 'SECOND-CHOICE ' }, finish_reason: null };
}

function* withSecondChoice(flow: Flow): Flow {
  for (const item of flow) {
    yield item;
    if (isFrame(item) && item.part === 'delta') yield chunkFrame(secondChoice('delta'));
  }
}

function* weirdUsage(flow: Flow): Flow {
  for (const item of flow) {
    if (isFrame(item) && item.part === 'usage') continue;
    if (isFrame(item) && item.part === 'done') yield { part: 'usage', data: { choices: [], usage: WEIRD_USAGE } };
    yield item;
  }
}
