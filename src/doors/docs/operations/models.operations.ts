import { object, schemaRef, text, type JsonSchema } from '../json-schema.js';
import type { Operation, OperationGroup } from '../operation.js';

const DEMO = {
  name: 'demo',
  type: 'demo',
  healthy: true,
  config: { temperature: 0.7, timeout: 30, fallback_models: [] },
} as const;

const MODEL: JsonSchema = object(
  {
    name: text('What the provider calls it.'),
    type: text('Kind of provider.'),
    healthy: { type: 'boolean', description: 'As of its last calls, or of a check that generates nothing.' },
    config: {
      type: 'object',
      description: 'Effective settings, without secrets: base, sampling, limits, fallbacks.',
      additionalProperties: true,
    },
  },
  { last_error: text('Why it is not healthy.') },
);

const listModels: Operation = {
  method: 'get',
  path: '/models',
  tag: 'Models',
  access: 'chat',
  summary: 'List models',
  description: 'All configured models by their names.',
  answers: {
    200: {
      description: 'The models by name.',
      content: {
        'application/json': {
          schema: { type: 'object', additionalProperties: schemaRef('Model') },
          examples: { one: { summary: 'One model', value: { demo: DEMO } } },
        },
      },
    },
  },
};

const getModel: Operation = {
  method: 'get',
  path: '/models/{name}',
  tag: 'Models',
  access: 'chat',
  summary: 'Show a model',
  description: 'One configured model.',
  segments: { name: { description: 'Its name in the configuration.', schema: { type: 'string' }, example: 'demo' } },
  answers: {
    200: {
      description: 'The model.',
      content: {
        'application/json': { schema: schemaRef('Model'), examples: { demo: { summary: 'A model', value: DEMO } } },
      },
    },
  },
  errors: { not_found: 'No model has this name; the answer names those there are.' },
};

/** The configured models. */
export const MODELS: OperationGroup = { operations: { listModels, getModel }, schemas: { Model: MODEL } };
