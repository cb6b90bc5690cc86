import { AgentDto } from '../../http/agents.dto.js';
import { count, listOf, number, object, orNull, schemaRef, text, type JsonSchema } from '../json-schema.js';
import type { Operation, OperationGroup, Parameter } from '../operation.js';
import { describeDto } from '../schema-of.js';
import { NO_STORE } from './error-notes.js';

const NOT_FOUND = 'There is none with this key, or it is another tenant’s.';
const READ_ONLY = 'It is an agent of the configuration: no key changes it.';

const KEY_SEGMENT: Parameter = {
  description: 'Key of the agent: 1 to 64 letters, digits, `_`, `-` and dots, where the first is no dash or dot.',
  schema: { type: 'string' },
  example: 'my_custom_agent',
};

const MESSAGE = text('For people.');

const AGENT_FIELDS = {
  tools_count: count('Tools it has: those it names, or all there are.'),
  key: text('What chats name it by.'),
  name: text('For people.'),
  model: orNull(text('The model that answers; null: the default model.')),
  tools: orNull(listOf({ type: 'string' }, 'Tools it has; null: all there are.')),
  max_parallel_tools: count('Tool calls of an answer that run at the same time.'),
  tool_call_timeout: number('Seconds each of them may take.'),
  max_tool_rounds: count('Answers with tool calls in one run.'),
  read_only: { type: 'boolean', description: 'Whether it is one of the configuration, which no key can change.' },
} as const satisfies Record<string, JsonSchema>;

const INSTRUCTIONS = orNull(
  text(
    'What the model is told first; null: nothing. Of an agent of the configuration only keys with the scope `admin` see it.',
  ),
);

const SAMPLE = {
  tools_count: 2,
  key: 'my_custom_agent',
  name: 'MyAssistant',
  instructions: 'You are a specialist for train journeys in Europe.',
  model: null,
  tools: ['get_time', 'calculate'],
  max_parallel_tools: 3,
  tool_call_timeout: 30,
  max_tool_rounds: 10,
  read_only: false,
} as const;

const BODY: NonNullable<Operation['body']> = {
  dto: AgentDto,
  required: false,
  examples: {
    specialist: {
      summary: 'A specialist',
      value: {
        name: SAMPLE.name,
        instructions: SAMPLE.instructions,
        max_parallel_tools: SAMPLE.max_parallel_tools,
        tool_call_timeout: SAMPLE.tool_call_timeout,
      },
    },
  },
};

const INVALID =
  'The key or the body is not what is asked for, or names a model or tool that there is not: `errors` names every field, ' +
  'with what there is.';

const listAgents: Operation = {
  method: 'get',
  path: '/agents',
  tag: 'Agents',
  access: 'chat',
  summary: 'List agents',
  description: 'The keys of all agents that this key can chat with: those of the configuration, then its own.',
  answers: {
    200: {
      description: 'The keys.',
      content: {
        'application/json': {
          schema: object({ agents: listOf({ type: 'string' }, 'Keys.'), count: count('How many.') }),
          examples: {
            two: { summary: 'Two agents', value: { agents: ['default', 'my_custom_agent'], count: 2 } },
          },
        },
      },
    },
  },
  errors: { storage_unavailable: NO_STORE },
};

const getAgent: Operation = {
  method: 'get',
  path: '/agents/{key}',
  tag: 'Agents',
  access: 'chat',
  summary: 'Show an agent',
  description: 'All of it, as it is now. Runs that are under way keep the agent as it was when they began.',
  segments: { key: KEY_SEGMENT },
  answers: {
    200: {
      description: 'The agent.',
      content: {
        'application/json': {
          schema: schemaRef('AgentShown'),
          examples: { own: { summary: 'An own one', value: SAMPLE } },
        },
      },
    },
  },
  errors: { not_found: NOT_FOUND, storage_unavailable: NO_STORE },
};

const createAgent: Operation = {
  method: 'post',
  path: '/agents/{key}',
  tag: 'Agents',
  access: 'chat',
  summary: 'Create an agent',
  description:
    'It belongs to the tenant of the key and is kept until it is deleted. Everything in the body may be left out. A model ' +
    'that nobody configured is taken where the environment defines a provider, which is then asked for it by that name.',
  segments: { key: KEY_SEGMENT },
  body: BODY,
  answers: {
    201: {
      description: 'It was created and is kept.',
      headers: { Location: { description: 'Where the agent is.', schema: { type: 'string' } } },
      content: {
        'application/json': {
          schema: schemaRef('AgentChanged'),
          examples: {
            created: {
              summary: 'Created',
              value: { message: "Agent 'my_custom_agent' created successfully", ...SAMPLE },
            },
          },
        },
      },
    },
  },
  errors: {
    invalid_request: INVALID,
    conflict: 'There is one with this key already, or the tenant has as many as `limits.agents_per_key` allows.',
    storage_unavailable: NO_STORE,
  },
};

const replaceAgent: Operation = {
  method: 'put',
  path: '/agents/{key}',
  tag: 'Agents',
  access: 'chat',
  summary: 'Replace an agent',
  description:
    'All of it: what the body leaves out has its default again. Runs that are under way go on as they began.',
  segments: { key: KEY_SEGMENT },
  body: BODY,
  answers: {
    200: {
      description: 'It was replaced.',
      content: {
        'application/json': {
          schema: schemaRef('AgentChanged'),
          examples: {
            replaced: { summary: 'Replaced', value: { message: "Agent 'my_custom_agent' replaced", ...SAMPLE } },
          },
        },
      },
    },
  },
  errors: { invalid_request: INVALID, not_found: NOT_FOUND, conflict: READ_ONLY, storage_unavailable: NO_STORE },
};

const deleteAgent: Operation = {
  method: 'delete',
  path: '/agents/{key}',
  tag: 'Agents',
  access: 'chat',
  summary: 'Delete an agent',
  description: 'Its conversations stay. Runs that are under way go on as they began.',
  segments: { key: KEY_SEGMENT },
  answers: {
    200: {
      description: 'It was deleted.',
      content: {
        'application/json': {
          schema: object({ message: MESSAGE, key: AGENT_FIELDS.key }),
          examples: {
            deleted: {
              summary: 'Deleted',
              value: { message: "Agent 'my_custom_agent' deleted", key: 'my_custom_agent' },
            },
          },
        },
      },
    },
  },
  errors: { not_found: NOT_FOUND, conflict: READ_ONLY, storage_unavailable: NO_STORE },
};

/** The agents that answer chats. */
export const AGENTS: OperationGroup = {
  operations: { listAgents, getAgent, createAgent, replaceAgent, deleteAgent },
  dtos: [
    describeDto(AgentDto, {
      name: { description: 'For people.', default: 'Assistant' },
      instructions: 'What the model is told first.',
      model: 'The model that answers. Default: the default model.',
      tools: 'Names of the tools it has. Default: all there are; an empty list: none.',
      max_parallel_tools: { description: 'Tool calls of an answer that run at the same time.', default: 5 },
      tool_call_timeout: { description: 'Seconds each of them may take.', default: 30 },
      max_tool_rounds: { description: 'Answers with tool calls in one run; one more fails it.', default: 10 },
    }),
  ],
  schemas: {
    AgentShown: object(AGENT_FIELDS, { instructions: INSTRUCTIONS }, 'An agent that answers chats.'),
    AgentChanged: object(
      { message: MESSAGE, ...AGENT_FIELDS },
      { instructions: INSTRUCTIONS },
      'An agent, and what was done with it.',
    ),
  },
};
