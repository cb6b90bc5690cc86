import { count, listOf, number, object, oneOfWords, schemaRef, text, type JsonSchema } from '../json-schema.js';
import type { Operation, OperationGroup } from '../operation.js';

const OVERVIEW: JsonSchema = object({
  status: oneOfWords(['healthy', 'degraded', 'shutting_down'], '`degraded`: no model can be used.'),
  version: text('Of the server.'),
  uptime_seconds: number('Since it started.'),
  active_connections: count('Streams that are open now.'),
  available_tools: listOf({ type: 'string' }, 'Tools that agents can use.'),
  server_config: object({
    models: listOf({ type: 'string' }, 'Names of the configured models.'),
    default_model: text('The one that is used when none is named.'),
    max_turns: count('Of conversations that name none.'),
    evaluators: listOf({ type: 'string' }, 'Types of the enabled evaluators.'),
  }),
});

const CHECKS: JsonSchema = {
  type: 'object',
  additionalProperties: object(
    { status: oneOfWords(['up', 'down'], 'How it is.') },
    { reason: text('Why it is down.') },
  ),
};

const PROBE: JsonSchema = object({
  status: oneOfWords(['ok', 'error', 'shutting_down'], 'All in all.'),
  info: { ...CHECKS, description: 'What is well.' },
  error: { ...CHECKS, description: 'What is not.' },
  details: { ...CHECKS, description: 'Both.' },
});

const showServer: Operation = {
  method: 'get',
  path: '/',
  tag: 'Server',
  access: 'public',
  summary: 'What is here',
  description: 'Name, version, and where to go on.',
  answers: {
    200: {
      description: 'What is here.',
      content: {
        'application/json': {
          schema: object({
            message: text('For people.'),
            version: text('Of the server.'),
            endpoints: {
              type: 'object',
              additionalProperties: { type: 'string' },
              description: 'Paths by what they are.',
            },
            documentation: text('Path of these pages.'),
          }),
          examples: {
            root: {
              summary: 'A server',
              value: {
                message: 'Parley, the conversation server for LLM agents',
                version: '0.1.0',
                endpoints: { conversations: '/conversations', models: '/models', health: '/health' },
                documentation: '/docs',
              },
            },
          },
        },
      },
    },
  },
};

const OVERVIEW_EXAMPLE = {
  version: '0.1.0',
  uptime_seconds: 2.2,
  active_connections: 0,
  available_tools: [],
  server_config: { models: ['demo'], default_model: 'demo', max_turns: 20, evaluators: [] },
} as const;

const showHealth: Operation = {
  method: 'get',
  path: '/health',
  tag: 'Health',
  access: 'public',
  summary: 'How the server is',
  description: 'An overview for people and dashboards; probes have addresses of their own.',
  answers: {
    200: {
      description: 'It serves.',
      content: {
        'application/json': {
          schema: schemaRef('Health'),
          examples: { healthy: { summary: 'All is well', value: { status: 'healthy', ...OVERVIEW_EXAMPLE } } },
        },
      },
    },
    503: {
      description: 'It is shutting down.',
      content: { 'application/json': { schema: schemaRef('Health') } },
    },
  },
};

const probeLive: Operation = {
  method: 'get',
  path: '/health/live',
  tag: 'Health',
  access: 'public',
  summary: 'Liveness probe',
  description: 'Whether the process answers at all. Nothing else is looked at.',
  answers: {
    200: {
      description: 'It answers.',
      content: {
        'application/json': {
          schema: object({ status: { type: 'string', const: 'ok' } }),
          examples: { ok: { summary: 'It answers', value: { status: 'ok' } } },
        },
      },
    },
  },
};

const UP = { status: 'up' } as const;

const probeReady: Operation = {
  method: 'get',
  path: '/health/ready',
  tag: 'Health',
  access: 'public',
  summary: 'Readiness probe',
  description: 'Whether requests can be served: the store answers, and the server is not shutting down.',
  answers: {
    200: {
      description: 'They can.',
      content: {
        'application/json': {
          schema: schemaRef('Probe'),
          examples: {
            ready: {
              summary: 'All is well',
              value: {
                status: 'ok',
                info: { store: UP, accepting: UP },
                error: {},
                details: { store: UP, accepting: UP },
              },
            },
          },
        },
      },
    },
    503: {
      description: 'They cannot; `error` says why.',
      content: { 'application/json': { schema: schemaRef('Probe') } },
    },
  },
};

const probeStartup: Operation = {
  method: 'get',
  path: '/health/startup',
  tag: 'Health',
  access: 'public',
  summary: 'Startup probe',
  description: 'Whether all that has to be loaded before the first request is loaded.',
  answers: {
    200: {
      description: 'It is.',
      content: {
        'application/json': {
          schema: schemaRef('Probe'),
          examples: {
            started: {
              summary: 'All is well',
              value: { status: 'ok', info: { store: UP }, error: {}, details: { store: UP } },
            },
          },
        },
      },
    },
    503: {
      description: 'Not yet; `error` says what is missing.',
      content: { 'application/json': { schema: schemaRef('Probe') } },
    },
  },
};

/** The server itself: what it is, and how. */
export const SERVER: OperationGroup = {
  operations: { showServer, showHealth, probeLive, probeReady, probeStartup },
  schemas: { Health: OVERVIEW, Probe: PROBE },
};
