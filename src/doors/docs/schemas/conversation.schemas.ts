import type { ConversationStatus, TerminationReason } from '../../../core/events/fold.js';
import type { EvaluationScore } from '../../../core/events/conversation-event.js';
import type { AgentScores } from '../../../core/multi-agent/aggregate.js';
import type { EpisodeLog } from '../../../core/multi-agent/episode-log.js';
import { ACTION_ORDERS } from '../../../core/multi-agent/settings.js';
import {
  count,
  explain,
  listOf,
  number,
  object,
  objectOf,
  oneOfWords,
  orNull,
  schemaRef,
  text,
  time,
  type JsonSchema,
} from '../json-schema.js';
import { CONVERSATION_ID, RUN_ID } from './shared.schemas.js';

const STATUSES = {
  queued: 'not begun',
  running: 'agents are acting',
  waiting: 'a person or a client has to act',
  completed: 'at its end',
  failed: 'ended by an error',
  cancelled: 'ended by a client',
} as const satisfies Record<ConversationStatus, string>;

const REASONS = {
  max_turns: 'all turns are over',
  left: 'too few agents are left',
  stale: 'nobody did anything any more',
  evaluator: 'an evaluator said so',
  cancelled: 'a client said so',
  error: 'something failed',
  answered: 'the answer is there',
} as const satisfies Record<TerminationReason, string>;

/** Where a conversation stands. */
export const STATUS_SCHEMA = oneOfWords(Object.keys(STATUSES), explain('Where it stands', STATUSES));

/** One judgement, as results and events show it. */
export const SCORE_PROPERTIES = {
  always: {
    evaluator: text('Name of the evaluator.'),
    target: text('Name of the agent, or `environment` for the conversation as a whole.'),
    dimension: text('What was judged.'),
    score: { type: ['number', 'boolean', 'null'], description: 'null unless it was scored: a failure is never a 0.' },
    status: oneOfWords(['scored', 'failed', 'abstained'], 'What came of it.'),
    reasoning: text('Why, in words of the evaluator.'),
  },
  maybe: {
    error: text('Why it failed.'),
    range: {
      type: 'array',
      prefixItems: [{ type: 'number' }, { type: 'number' }],
      minItems: 2,
      maxItems: 2,
      description: 'Least and greatest score of the dimension.',
    },
  },
} satisfies {
  always: Record<keyof Omit<EvaluationScore, 'error' | 'range'>, JsonSchema>;
  maybe: Record<'error' | 'range', JsonSchema>;
};

/** When a judgement was made. */
export const SCOPE_PROPERTIES = {
  scope: oneOfWords(['turn', 'terminal'], 'After a turn, or once at the end.'),
  turn: count('The last turn that was judged; counts from 1.'),
} satisfies Record<string, JsonSchema>;

const AGENT_SCORES = objectOf<AgentScores>({
  always: {
    overall_score: orNull(number('Mean of the dimensions; null when nothing was scored.')),
    normalized_score: orNull(
      number('The same from 0 to 1, over the dimensions with bounds; null when there are none.'),
    ),
    dimensions: {
      type: 'object',
      description: 'Mean of each dimension over the evaluators that scored it.',
      additionalProperties: { type: 'number' },
    },
  },
  maybe: {},
});

const EVALUATION_RESULTS = object(
  {
    per_agent: { type: 'object', description: 'By name of the agent.', additionalProperties: AGENT_SCORES },
    reasoning: text('All reasonings as one text.'),
    results: listOf(
      object({ ...SCORE_PROPERTIES.always, ...SCOPE_PROPERTIES }, SCORE_PROPERTIES.maybe),
      'Every judgement, in the order they were made.',
    ),
  },
  {},
  'What the evaluators said; null before they did.',
);

const SAID: JsonSchema = {
  type: 'array',
  prefixItems: [text('Sender.'), text('Receiver; `Environment`: everybody.'), text('What was noticed.')],
  minItems: 3,
  maxItems: 3,
};

const EPISODE_LOG = objectOf<EpisodeLog>(
  {
    always: {
      environment: text('The scenario.'),
      agents: listOf({ type: 'string' }, 'Names, in order of their seats.'),
      models: listOf({ type: 'string' }, 'The model of each agent.'),
      messages: listOf(listOf(SAID), 'By turn: `[sender, receiver, text]`.'),
      reasoning: text('All reasonings of the evaluators as one text.'),
      rewards: listOf(
        {
          type: ['array', 'null'],
          prefixItems: [number('Overall.'), { type: 'object', additionalProperties: { type: 'number' } }],
          minItems: 2,
          maxItems: 2,
        },
        'By agent: `[overall, {dimension: score}]`, or null where nothing was scored.',
      ),
      tag: { type: 'string' },
      turn_count: count('Turns that ended.'),
    },
    maybe: {},
  },
  'The record of the whole conversation, once it has ended; null with `return_log: false`.',
);

const MODELS_IN_USE = {
  agent_count: count('How many agents take part.'),
  model_used: text('The model of agents without one of their own.'),
  models: listOf({ type: 'string' }, 'The model of each agent.'),
};

const SUMMARY = {
  conversation_id: CONVERSATION_ID,
  kind: oneOfWords(['multi_agent', 'chat', 'session'], 'Agents with each other, somebody with an agent, or a session.'),
  status: STATUS_SCHEMA,
  turn_count: count('Turns that ended.'),
  created_at: time('When it was created.'),
  updated_at: time('When its log last grew.'),
};

/** Beside it, of agents with each other or of somebody with an agent. */
const SUMMARY_OF_KIND = { ...MODELS_IN_USE, agent: text('Of a chat or session: key of the agent it was begun with.') };

/** What is shown of agents with each other only. */
export const ACCOUNT_PROPERTIES = {
  ...SUMMARY_OF_KIND,
  scenario: text('What the agents were told.'),
  max_turns: count('The end at the latest.'),
  action_order: oneOfWords(ACTION_ORDERS, 'Who acts when.'),
  seed: count('Of all that is left to chance.'),
  waiting_for: listOf({ type: 'string' }, 'The people who are asked to act now.'),
  waiting_until: orNull(time('When the first of them is no longer waited for; null while nobody is asked.')),
  evaluation_results: orNull(schemaRef('EvaluationResults')),
  episode_log: orNull(schemaRef('EpisodeLog')),
};

/** All that is shown of every conversation. */
export const CONVERSATION_PROPERTIES = {
  ...SUMMARY,
  run_id: orNull({ ...RUN_ID, description: 'The run under way; null when nothing runs.' }),
  terminated_by: orNull(
    object(
      { reason: oneOfWords(Object.keys(REASONS), explain('Why', REASONS)) },
      { detail: text('For people.') },
      'Why it ended; null before.',
    ),
  ),
  error: orNull(
    object({ code: text('For programs.'), detail: text('For people.') }, {}, 'What failed it; null if nothing did.'),
  ),
  usage: schemaRef('Usage'),
  started_at: orNull(time('When its first run began.')),
  ended_at: orNull(time('When its last run ended; null while one is under way.')),
};

/** The schemas of the answers about conversations. */
export const CONVERSATION_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ConversationAccepted: object({
    conversation_id: CONVERSATION_ID,
    run_id: RUN_ID,
    status: { type: 'string', const: 'running' },
    ...MODELS_IN_USE,
  }),
  ConversationSummary: object(SUMMARY, SUMMARY_OF_KIND),
  Conversation: object(CONVERSATION_PROPERTIES, ACCOUNT_PROPERTIES),
  EvaluationResults: EVALUATION_RESULTS,
  EpisodeLog: EPISODE_LOG,
};
