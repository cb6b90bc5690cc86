import type { Usage } from '../../../core/events/conversation-event.js';
import { count, number, objectOf, type JsonSchema } from '../json-schema.js';
import type { Parameter } from '../operation.js';
import { ACCEPTED } from '../operations/recorded-run.js';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}';

/** Id of a conversation. */
export const CONVERSATION_ID: JsonSchema = {
  type: 'string',
  pattern: `^conv_${UUID}$`,
  description: 'Id of the conversation; no credential.',
};

/** Id of a run. */
export const RUN_ID: JsonSchema = { type: 'string', pattern: `^run_${UUID}$`, description: 'Id of the run.' };

/** Id of a message. */
export const MESSAGE_ID: JsonSchema = { type: 'string', pattern: `^msg_${UUID}$`, description: 'Id of the message.' };

/** The path segment that names a conversation. */
export const CONVERSATION_SEGMENT: Parameter = {
  description: 'Id of the conversation.',
  schema: { type: 'string' },
  example: ACCEPTED.conversation_id,
};

/** Header of answers about a conversation. */
export const CONVERSATION_HEADER: Parameter = { description: 'Id of the conversation.', schema: CONVERSATION_ID };

/** Header of answers about a run. */
export const RUN_HEADER: Parameter = { description: 'Id of the run.', schema: RUN_ID };

/** Tokens and money. */
export const USAGE_SCHEMA = objectOf<Usage>(
  {
    always: {
      input_tokens: count('Tokens the models were sent.'),
      output_tokens: count('Tokens the models wrote.'),
      total_tokens: count('Both.'),
    },
    maybe: {
      cached_tokens: count('Of the input, tokens the provider had cached.'),
      cache_write_tokens: count('Of the input, tokens the provider put into its cache.'),
      reasoning_tokens: count('Of the output, tokens of thinking.'),
      cost: number('Money, in the currency the prices are configured in; missing without prices.'),
      calls: count('Model calls made.'),
    },
  },
  'Tokens and money of model calls.',
);
