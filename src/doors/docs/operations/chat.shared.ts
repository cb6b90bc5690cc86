import { CONVERSATION_HEADER, RUN_HEADER } from '../schemas/shared.schemas.js';
import { RUN_ERRORS } from './error-notes.js';

/** Of answers. */
export const CHAT_IDS = { 'X-Conversation-Id': CONVERSATION_HEADER, 'X-Run-Id': RUN_HEADER } as const;

/** Of requests. */
export const CHAT_HEADERS = {
  'Idempotency-Key': {
    description:
      'The same key with the same body starts nothing twice, for 24 hours: the answer is that of the first request; a stream ' +
      'is given from its start, or from `Last-Event-ID`. Up to 255 printable ASCII characters.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
} as const;

/** Refusals of a chat or a prompt. */
export const CHAT_ERRORS = {
  not_found: 'There is no such agent, or no such conversation.',
  conflict: 'A run of the conversation that was named is under way (`on_busy: queue` waits for it).',
  ...RUN_ERRORS,
} as const;

/** What becomes of answers that are given as a whole. */
export const UPSTREAM_ERRORS = {
  aborted: 'The run was cancelled meanwhile.',
  upstream_unavailable: 'The model could not be reached, or failed.',
  upstream_invalid: 'The model gave what is no answer, or asked for tools again and again.',
  upstream_timeout: 'The model took too long.',
} as const;
