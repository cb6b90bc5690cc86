import { PromptDto, PromptQueryDto } from '../../text/prompt.dto.js';
import { object, text } from '../json-schema.js';
import type { Answer, Operation, OperationGroup } from '../operation.js';
import { schemaRef } from '../json-schema.js';
import { describeDto } from '../schema-of.js';
import { CHAT_ERRORS, CHAT_HEADERS, CHAT_IDS, UPSTREAM_ERRORS } from './chat.shared.js';

/** How the text dialect looks. */
export const TEXT_STREAM: Answer['content'] = {
  'text/plain': {
    schema: {
      type: 'string',
      description:
        'The answer as it is written, without framing, then `[[END]]` as a chunk of its own; after a failure too, and the text ' +
        'before it says so. Of an answer that is improved without its steps: a word on each step, then the final answer.',
    },
    examples: {
      plain: { summary: 'An answer', value: 'REST is a style of interface …[[END]]' },
      improved: {
        summary: 'An improved answer',
        value:
          '🤔 Generating draft answer...🔄️ Running first improvement pass...🔄️ Running second improvement pass...\n\nREST is …[[END]]',
      },
    },
  },
};

/** A body of the text dialect. */
export const PROMPT_EXAMPLES = {
  prompt: { summary: 'A prompt, answered as plain text', value: { prompt: 'Explain how REST APIs work', history: [] } },
  improved: {
    summary: 'An improved answer, with its steps',
    value: { prompt: 'Explain how REST APIs work', improvement: true, intermediate_steps: true },
  },
} as const;

const REPLY: Answer = {
  description: 'The answer.',
  headers: CHAT_IDS,
  content: {
    'application/json': {
      schema: schemaRef('Reply'),
      examples: { reply: { summary: 'An answer', value: { reply: 'REST is a style of interface …' } } },
    },
  },
};

const answerPrompt: Operation = {
  method: 'post',
  path: '/chat/blocking',
  tag: 'Chat',
  access: 'chat',
  summary: 'Ask a model; the answer as a whole',
  description:
    'A conversation of its own, without tools. With `improvement` the answer is drafted, then reviewed and revised in ' +
    'passes (`improvement_passes` of the configuration). The run ends with the connection unless `on_disconnect` is `continue`.',
  body: { dto: PromptDto, required: true, examples: PROMPT_EXAMPLES },
  headers: CHAT_HEADERS,
  answers: { 200: REPLY },
  errors: { ...CHAT_ERRORS, ...UPSTREAM_ERRORS },
};

const BY_ADDRESS =
  'For browsers: everything is in the address, the key too (`x_api_key`), unless it comes in a header or the server forbids it ' +
  '(`auth.allow_query_key: false`).';

const answerQuery: Operation = {
  method: 'get',
  path: '/chat/blocking',
  tag: 'Chat',
  access: 'chat',
  key_in_query: true,
  summary: 'Ask a model by an address; the answer as a whole',
  description: BY_ADDRESS,
  query: PromptQueryDto,
  answers: { 200: REPLY },
  errors: { ...CHAT_ERRORS, ...UPSTREAM_ERRORS },
};

const streamQuery: Operation = {
  ...answerQuery,
  path: '/chat/stream',
  summary: 'Ask a model by an address; the answer as it comes',
  answers: {
    200: {
      description: 'The answer as plain text, as it comes.',
      headers: CHAT_IDS,
      ...(TEXT_STREAM === undefined ? {} : { content: TEXT_STREAM }),
    },
  },
  errors: CHAT_ERRORS,
};

const ping: Operation = {
  method: 'get',
  path: '/ping',
  tag: 'Chat',
  access: 'chat',
  key_in_query: true,
  summary: 'Tell whether the server is there and the key is right',
  description: BY_ADDRESS,
  answers: {
    200: {
      description: 'It is.',
      content: {
        'application/json': {
          schema: object({ status: { type: 'string', const: 'ok' } }),
          examples: { ok: { summary: 'It is', value: { status: 'ok' } } },
        },
      },
    },
  },
};

const ROLE = { description: 'Whose system message is used: a key of `system_prompts`.', default: 'assistant' } as const;
const IMPROVEMENT = 'Whether the answer is reviewed and revised before it is given.';
const STEPS = 'Whether draft, reviews and revisions are shown too.';

/** Prompts. */
export const PROMPTS: OperationGroup = {
  operations: { answerPrompt, answerQuery, streamQuery, ping },
  dtos: [
    describeDto(PromptDto, {
      prompt: 'What is asked.',
      history: 'What was said before; nothing of it is remembered.',
      improvement: { description: IMPROVEMENT, default: false },
      intermediate_steps: { description: STEPS, default: false },
      role: ROLE,
      model: 'Instead of the default one.',
      on_disconnect: { description: 'What the end of the connection does to the run.', default: 'cancel' },
    }),
    describeDto(PromptQueryDto, {
      prompt: 'What is asked.',
      improvement: { description: IMPROVEMENT, default: 'false' },
      intermediate_steps: { description: STEPS, default: 'false' },
      role: ROLE,
      model: 'Instead of the default one.',
    }),
  ],
  schemas: {
    Reply: object(
      { reply: text('The final answer.') },
      {
        steps: {
          type: 'object',
          description:
            'With `improvement` and `intermediate_steps`: `reply`, `user_question`, `draft_answer`, and `suggestions1`, `revision1`, ' +
            '`comments1` and so on for each pass. What an early stop saved repeats the last pass.',
          additionalProperties: { type: 'string' },
        },
      },
    ),
  },
};
