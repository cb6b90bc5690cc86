import { count, listOf, object, text, type JsonSchema } from '../json-schema.js';
import type { Operation, OperationGroup } from '../operation.js';

/** A section as it stands in the file; the configuration reference says what is in it. */
const section = (description: string): JsonSchema => ({ type: 'object', additionalProperties: true, description });

const EVALUATOR = object(
  {
    name: text('What conversations ask for it by: its type, with a number from the second one on.'),
    type: text('One of `types`.'),
    enabled: { type: 'boolean', description: 'Whether it is asked.' },
    config: section('Its own settings.'),
  },
  { model: text('The model that judges. Default: the default model.') },
  'A configured evaluator.',
);

const JUDGE = {
  name: 'llm',
  enabled: true,
  config: { dimensions: [{ name: 'goal', description: 'How far the goal was reached', range: [0, 10] }] },
  type: 'llm',
} as const;

const listEvaluators: Operation = {
  method: 'get',
  path: '/evaluators',
  tag: 'Server',
  access: 'chat',
  summary: 'List evaluators',
  description: 'The types of evaluators there are, and those that are configured, disabled ones too.',
  answers: {
    200: {
      description: 'The evaluators.',
      content: {
        'application/json': {
          schema: object({ types: listOf({ type: 'string' }, 'Types there are.'), evaluators: listOf(EVALUATOR) }),
          examples: { one: { summary: 'One evaluator', value: { types: ['rule_based', 'llm'], evaluators: [JUDGE] } } },
        },
      },
    },
  },
};

const CONFIG: JsonSchema = object(
  {
    server: section('Address, base path, origins.'),
    auth: section('Keys by name, and who is let in without one.'),
    azure: section('Key Vault.'),
    models: section('Models by name.'),
    default_model: text('The model that is used when none is named.'),
    agents: section('Agents by key.'),
    evaluators: listOf(EVALUATOR, 'In the order they are asked.'),
    system_prompts: section('Prompts by name.'),
    mcp_servers: section('MCP servers by name.'),
    plugins: listOf({ type: 'string' }, 'Modules that were loaded.'),
    max_turns: count('Of conversations that name none.'),
    action_order: text('Of conversations that name none.'),
    speaking_order: listOf({ type: 'integer' }, 'Of conversations that name none.'),
    available_action_types: listOf({ type: 'string' }, 'What agents can do.'),
    storage: section('Where conversations are kept.'),
    limits: section('All limits; sizes in bytes, times in seconds.'),
    logging: section('What is logged, and where.'),
    metrics: section('Where metrics are.'),
    docs: section('Whether these pages are there.'),
    data_dir: text('Folder for everything that is kept.'),
    models_dir: text('Folder of local models.'),
    improvement_passes: count('Of answers that are improved.'),
  },
  { environment_model: text('The model that the environment defines.') },
);

const showConfig: Operation = {
  method: 'get',
  path: '/config',
  tag: 'Server',
  access: 'admin',
  summary: 'Show the configuration',
  description: 'The effective one, in the form of the file: defaults filled in, every secret as `***`.',
  answers: {
    200: {
      description: 'The configuration.',
      content: {
        'application/json': {
          schema: CONFIG,
          examples: {
            small: {
              summary: 'A small one (limits shortened)',
              value: {
                server: { host: '127.0.0.1', port: 8000, base_path: '', cors_origins: [] },
                auth: { keys: [], allow_anonymous: false, allow_query_key: true },
                azure: { refresh_seconds: 60 },
                default_model: 'demo',
                evaluators: [JUDGE],
                system_prompts: {},
                plugins: [],
                max_turns: 20,
                action_order: 'simultaneous',
                speaking_order: [],
                available_action_types: ['none', 'speak', 'non-verbal communication', 'action', 'leave'],
                storage: { type: 'memory' },
                limits: { body_bytes: 1_048_576, agents: 64, turns: 1000, requests_per_minute: 600 },
                logging: { level: 'info', format: 'auto', max_file_size: 10_000_000, backup_count: 5, contents: false },
                metrics: { port: 9090, on_main_port: false },
                docs: { enabled: true },
                data_dir: '/var/lib/parley',
                models_dir: '/var/lib/parley/models',
                improvement_passes: 2,
                models: { demo: { name: 'demo', type: 'demo', temperature: 0.7, fallback_models: [], timeout: 30 } },
                agents: {},
                mcp_servers: {},
              },
            },
          },
        },
      },
    },
  },
};

const readMetrics: Operation = {
  method: 'get',
  path: '/metrics',
  tag: 'Server',
  access: 'admin',
  summary: 'Read the measurements',
  description:
    'In the text format of Prometheus, here only with `metrics.on_main_port: true`. The management port (`metrics.port`) ' +
    'has the same without a key.',
  answers: {
    200: {
      description: 'Requests, runs, model calls, tools, store, process.',
      content: {
        'text/plain': {
          schema: { type: 'string' },
          examples: {
            runs: {
              summary: 'One of them',
              value:
                '# HELP parley_runs_active Runs under way.\n# TYPE parley_runs_active gauge\nparley_runs_active 2\n',
            },
          },
        },
      },
    },
  },
  errors: { not_found: 'Measurements are not served on this port.' },
};

/** How the server is set up. */
export const SETUP: OperationGroup = { operations: { listEvaluators, showConfig, readMetrics } };
