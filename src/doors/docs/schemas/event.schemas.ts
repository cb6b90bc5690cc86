import type { FactBody, FactType, RunEndCode, ToolCall } from '../../../core/events/conversation-event.js';
import { ACTION_TYPES } from '../../../core/multi-agent/settings.js';
import {
  count,
  explain,
  listOf,
  object,
  objectOf,
  oneOfWords,
  orNull,
  schemaRef,
  text,
  time,
  type JsonSchema,
  type Shape,
} from '../json-schema.js';
import type { ToolCallInfo } from '../../wire/chat.projection.js';
import { SCOPE_PROPERTIES, SCORE_PROPERTIES } from './conversation.schemas.js';
import { CONVERSATION_ID, MESSAGE_ID, RUN_ID } from './shared.schemas.js';

type BodyOf<T extends FactType> = Extract<FactBody, { readonly type: T }>;

interface EventShape<T extends FactType> extends Shape<BodyOf<T>, 'type' | 'settings'> {
  readonly says: string;
}

const END_CODES = {
  answered: 'the answer is there',
  max_turns: 'all turns are over',
  left: 'too few agents are left',
  stale: 'nobody did anything any more',
  evaluator: 'an evaluator said so',
  cancelled: 'a client said so',
  upstream: 'a model failed',
  tool_rounds: 'too many rounds of tools',
  time: 'it took too long',
  budget: 'it cost too much',
  interrupted: 'the server went away',
  internal: 'the server failed',
} as const satisfies Record<RunEndCode, string>;
/** Why a message ended. */
export const STOP_REASON = oneOfWords(['stop', 'length', 'tool_calls', 'aborted', 'error'], 'Why it ended.');

/** Of a message. */
export const ROLE = oneOfWords(['user', 'assistant', 'system', 'tool'], 'Who speaks.');
const TURN = count('Counts from 1 within the run.');
const ARGUMENTS: JsonSchema = { type: 'object', description: 'Arguments of the call.' };
const CALL = { tool_call_id: text('Id of the call.'), tool_name: text('Name of the tool.') };
/** A tool call as a model asks for it. */
export const ASKED_CALL = objectOf<ToolCall>({
  always: { id: text('Id of the call.'), name: text('Name of the tool.'), arguments: ARGUMENTS },
  maybe: {},
});
const PHASE = {
  phase: oneOfWords(['draft', 'review', 'revision'], 'What is being written.'),
  n: count('Which pass; counts from 1, and is 1 for the draft.'),
};
const BLOCKS = listOf(
  {
    type: 'array',
    prefixItems: [text('`text`, `thinking`, or `tool_call:` and its index.'), count('Length in UTF-16 units.')],
    minItems: 2,
    maxItems: 2,
  },
  'What the text is made of, in order; missing when all of it is one text.',
);

const STEP = object(
  {
    part: oneOfWords(['draft', 'suggestions', 'revision', 'comments', 'answer'], 'Which part.'),
    n: count('Which pass; counts from 1, and is 1 for the draft.'),
    display: oneOfWords(['hidden', 'plain', 'headed'], 'How doors that show answers show it.'),
  },
  { final: { type: 'boolean', const: true, description: 'It is the answer: what later runs see.' } },
  'What it is in an answer that is improved in passes.',
);

/** The body of each event of the log: an event that the log gains and this table lacks does not compile. */
const EVENTS: { readonly [T in FactType]: EventShape<T> } = {
  run_start: {
    says: 'A run was accepted.',
    always: {
      kind: oneOfWords(['multi_agent', 'chat', 'session'], 'What drives it.'),
      on_disconnect: oneOfWords(['cancel', 'continue'], 'What the end of its last watcher does to it.'),
    },
    maybe: {},
  },
  run_end: {
    says: 'The one end of a run: nothing of it comes after.',
    always: {
      outcome: oneOfWords(['completed', 'cancelled', 'failed'], 'How it ended.'),
      code: oneOfWords(Object.keys(END_CODES), explain('Why it ended', END_CODES)),
      usage: schemaRef('Usage'),
    },
    maybe: {
      detail: text('For people.'),
      upstream: text('What exactly the model provider did.'),
      retry_after: count('Seconds after which a retry makes sense.'),
    },
  },
  agent_start: { says: 'An agent begins.', always: {}, maybe: {} },
  agent_end: { says: 'An agent is done.', always: {}, maybe: {} },
  turn_start: { says: 'A turn begins.', always: { turn: TURN }, maybe: {} },
  turn_end: {
    says: 'A turn is over.',
    always: { turn: TURN },
    maybe: { interrupted: { type: 'boolean', const: true, description: 'It was cut short and does not count.' } },
  },
  message_start: {
    says: 'A message begins; the text of an assistant follows as `message_update`.',
    always: { message_id: MESSAGE_ID, role: ROLE },
    maybe: { model: text('The model that writes it.'), step: STEP },
  },
  message_end: {
    says: 'A message is whole.',
    always: {
      message_id: MESSAGE_ID,
      role: ROLE,
      text: text('All of it.'),
      stop_reason: STOP_REASON,
    },
    maybe: {
      blocks: BLOCKS,
      tool_calls: listOf(ASKED_CALL),
      parts: listOf(
        { type: 'object', description: 'As in the request: `{type: text, text}` or `{type: image, url, detail?}`.' },
        'Input that is more than text, in its order.',
      ),
      usage: schemaRef('Usage'),
      step: STEP,
    },
  },
  message_discarded: {
    says: 'What was shown of the message is to be dropped.',
    always: {
      message_id: MESSAGE_ID,
      reason: oneOfWords(['interrupted', 'repaired'], 'Lost in a crash, or replaced by a better one.'),
    },
    maybe: {},
  },
  tool_execution_start: {
    says: 'A tool begins: its intent, written before it runs.',
    always: { ...CALL, arguments: ARGUMENTS },
    maybe: { idempotent: { type: 'boolean', const: true, description: 'It may run again after a crash.' } },
  },
  tool_execution_end: {
    says: 'A tool is done.',
    always: {
      ...CALL,
      status: oneOfWords(['completed', 'failed', 'unknown'], 'How it went.'),
      result: text('What it gave.'),
    },
    maybe: {
      refused: oneOfWords(
        ['unknown_tool', 'invalid_arguments', 'repeated', 'too_many', 'blocked', 'skipped'],
        'Why it was not run.',
      ),
      terminate: { type: 'boolean', const: true, description: 'The tool ended the run.' },
      duration_ms: { type: 'number', minimum: 0, description: 'How long it took.' },
      details: { description: 'What the tool says to whoever shows it; the model is not told.' },
    },
  },
  tool_request: {
    says: 'A client has to run this tool and answer with its result.',
    always: { ...CALL, arguments: ARGUMENTS },
    maybe: {
      deadline: { type: 'string', format: 'date-time', description: 'After it the model is told that none came.' },
      last: { type: 'boolean', const: true, description: 'The last one of this answer.' },
    },
  },
  tool_result_received: {
    says: 'A client answered with the result of a tool.',
    always: {
      ...CALL,
      is_error: { type: 'boolean', description: 'Whether the tool failed.' },
      result: text('What it gave.'),
    },
    maybe: {},
  },
  action: {
    says: 'What an agent did in a turn.',
    always: {
      turn: TURN,
      action_type: oneOfWords(ACTION_TYPES, 'What it did.'),
      argument: text('Its words, or what could be seen of it.'),
    },
    maybe: {
      to: listOf({ type: 'string' }, 'Who may notice it; missing or empty: everybody.'),
      message_id: { ...MESSAGE_ID, description: 'The message it was written in.' },
    },
  },
  agent_left: { says: 'An agent has left for good.', always: { turn: TURN }, maybe: {} },
  input_requested: {
    says: 'A person is asked to act: the run waits.',
    always: { turn: TURN },
    maybe: { deadline: time('After it the run goes on without.') },
  },
  evaluation_start: {
    says: 'Evaluators are asked.',
    always: { ...SCOPE_PROPERTIES, evaluators: listOf({ type: 'string' }, 'Their names.') },
    maybe: {},
  },
  evaluation_result: {
    says: 'One judgement.',
    always: { ...SCORE_PROPERTIES.always, ...SCOPE_PROPERTIES },
    maybe: SCORE_PROPERTIES.maybe,
  },
  evaluation_end: {
    says: 'All evaluators have answered.',
    always: SCOPE_PROPERTIES,
    maybe: {
      terminated: object(
        { evaluator: text('Its name.'), reasoning: text('Why.') },
        {},
        'An evaluator says that the conversation is over.',
      ),
    },
  },
  phase_start: {
    says: 'A phase of an improved answer begins.',
    always: PHASE,
    maybe: { quiet: { type: 'boolean', const: true, description: 'What it makes is not shown as the answer.' } },
  },
  phase_end: { says: 'A phase of an improved answer is over.', always: PHASE, maybe: {} },
  usage: {
    says: 'Tokens spent by a call that is no message, or several.',
    always: {
      purpose: oneOfWords(['goal', 'judge', 'repair', 'review'], 'What it was for.'),
      model: text('The model that was called.'),
      usage: schemaRef('Usage'),
    },
    maybe: {},
  },
  warning: {
    says: 'Something to know that stops nothing.',
    always: { code: text('For programs.'), detail: text('For people.') },
    maybe: {},
  },
  conversation_state: { says: 'A goal that an agent set itself.', always: { goal: text('The goal.') }, maybe: {} },
};

const CURSOR = text('Everything up to here: to be sent back as it is.');

const ENVELOPE = {
  always: { cursor: CURSOR, at: time('When it happened.'), conversation_id: CONVERSATION_ID },
  maybe: { run_id: RUN_ID, agent: text('Name of the agent it is about.') },
};

const FACTS = Object.entries(EVENTS).map(([type, shape]): JsonSchema => {
  const seq: JsonSchema = { type: 'integer', minimum: 1, description: 'Place in the log, without gaps.' };
  const always = { seq, ...ENVELOPE.always, type: { type: 'string', const: type } as const, ...shape.always };
  return { title: type, ...object(always, { ...ENVELOPE.maybe, ...shape.maybe }, shape.says) };
});

const UPDATE: JsonSchema = {
  title: 'message_update',
  ...object(
    {
      ...ENVELOPE.always,
      type: { type: 'string', const: 'message_update' },
      message_id: MESSAGE_ID,
      offset: count('How much of the message comes before it, in UTF-16 units.'),
      delta: object(
        { type: oneOfWords(['text', 'thinking', 'tool_call'], 'What it belongs to.'), text: text('The piece.') },
        { index: count('Which tool call.') },
      ),
    },
    ENVELOPE.maybe,
    'A piece of a message, while it is written. It is not kept: the whole is in `message_end`.',
  ),
};

const frame = (event_type: string, says: string, always: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  title: event_type,
  ...object(
    { event_type: { type: 'string', const: event_type }, timestamp: time('When it happened.'), ...always },
    {},
    says,
  ),
});

/** The frames of `projection=chat`. */
const CHAT_FRAMES: readonly JsonSchema[] = [
  frame('chat_chunk', 'A piece of the answer.', {
    content: text('The piece.'),
    is_complete: { type: 'boolean', const: false },
  }),
  frame('tool_call_start', 'A tool is called.', { tool_call: schemaRef('ToolCall') }),
  frame('tool_call_complete', 'A tool gave its result.', { tool_call: schemaRef('ToolCall') }),
  frame('tool_call_error', 'A tool failed, or was not run.', { tool_call: schemaRef('ToolCall') }),
  frame('chat_discard', 'What was shown of the message is to be dropped.', { message_id: MESSAGE_ID }),
  frame('chat_complete', 'The end of a run that completed.', {
    final_response: text('All pieces of the run joined.'),
    total_tool_calls: count('Tool calls of the run.'),
    conversation_id: CONVERSATION_ID,
    usage: schemaRef('Usage'),
  }),
  frame('error', 'The end of a run that did not.', {
    error_message: text('For people.'),
    error_code: text('For programs.'),
  }),
];

const TOOL_CALL = objectOf<Required<ToolCallInfo>>({
  always: {
    id: text('Id of the call.'),
    name: text('Name of the tool.'),
    arguments: ARGUMENTS,
    status: oneOfWords(['pending', 'executing', 'completed', 'failed'], 'How far it is; `pending`: a client runs it.'),
    result: orNull(text('What it gave.')),
    error: orNull(text('What went wrong.')),
    execution_time_ms: orNull({ type: 'number', minimum: 0, description: 'How long it took, ms.' }),
  },
  maybe: {},
});

/** The frames of `projection=text`. */
const TEXT_FRAMES: readonly JsonSchema[] = [
  {
    title: 'text',
    ...object({ type: { type: 'string', const: 'text' }, text: text('The next piece.') }, {}, 'More text.'),
  },
  {
    title: 'end',
    ...object(
      {
        type: { type: 'string', const: 'end' },
        outcome: oneOfWords(['completed', 'cancelled', 'failed'], 'How the run ended.'),
      },
      {},
      'The end of a run.',
    ),
  },
];

/** The schemas of logs and streams. */
export const EVENT_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ToolCall: TOOL_CALL,
  Event: { description: 'An entry of the log, by its `type`.', oneOf: FACTS },
  StreamEvent: {
    description: 'A frame of `projection=canonical`, by its `type`.',
    oneOf: [schemaRef('Event'), UPDATE],
  },
  ChatFrame: { description: 'A frame of `projection=chat`, by its `event_type`.', oneOf: CHAT_FRAMES },
  TextFrame: { description: 'A frame of `projection=text`, by its `type`.', oneOf: TEXT_FRAMES },
  EventPage: object({
    events: listOf(schemaRef('Event'), 'Entries of the log, in order.'),
    has_more: { type: 'boolean', description: 'Whether there is more to read now.' },
    next_cursor: text('To be sent as `after`, now or later.'),
  }),
};
