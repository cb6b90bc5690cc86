import type { Usage } from '../../core/events/conversation-event.js';
import { recordIn, type JsonRecord } from '../shared/json.js';
import { billedUsage } from '../shared/usage.js';

/** The usage a chunk reports, also where Groq puts it. */
export function usageOf(chunk: JsonRecord): Usage | undefined {
  return billedUsage(recordIn(chunk, 'usage') ?? recordIn(recordIn(chunk, 'x_groq'), 'usage'));
}
