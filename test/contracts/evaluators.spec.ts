import { jsonrepair } from 'jsonrepair';
import { boundRepair } from '../../src/core/kernel/bound-repair.js';
import type { Evaluator } from '../../src/core/ports/evaluator.js';
import type { ModelProvider, ModelRequest } from '../../src/core/ports/model-provider.js';
import {
  EvaluatorPlugin,
  type EvaluatorPluginClass,
  type PluginMessage,
  type PluginResult,
} from '../../src/evaluators/evaluator-plugin.js';
import { EvaluatorRegistry } from '../../src/evaluators/evaluator-registry.js';
import { HANG, modelsOf, ScriptedModel, type ScriptedReply } from '../support/scripted-model.js';
import { describeEvaluator } from './evaluator.contract.js';

const SECRET = 'sk-canary-in-a-message';

function build(type: string, options: { model?: ModelProvider; plugin?: EvaluatorPluginClass } = {}): Evaluator {
  const registry = new EvaluatorRegistry();
  if (options.plugin !== undefined) registry.registerPlugin(type, options.plugin);
  const models = modelsOf(options.model ?? new ScriptedModel('unused', []));
  return registry.buildEvaluator(
    { name: type, type, enabled: true, config: {} },
    { models, repairJson: boundRepair(jsonrepair) },
  );
}

describeEvaluator(
  'rule_based',
  { judging: () => build('rule_based') },
  {
    everyAgent: 'it judges the conversation, no agent',
    hanging: 'it waits for nothing',
    failing: 'it asks nobody who could fail',
    unsound: 'its one score is its own',
  },
);

/** An answer with the lowest score there is, for all that the schema of the request asks for. */
function verdict({ json }: ModelRequest): string {
  const sample = (schema: unknown): unknown => {
    const { properties, minimum } = schema as { properties?: Record<string, unknown>; minimum?: number };
    if (properties === undefined) return minimum ?? 'because';
    return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, sample(value)]));
  };
  return JSON.stringify(sample(json?.schema));
}

const judgeThat =
  (...replies: readonly ScriptedReply[]) =>
  (): Evaluator =>
    build('llm', { model: new ScriptedModel('judge', replies) });

describeEvaluator('llm', {
  judging: judgeThat(verdict, verdict, verdict, verdict),
  everyAgent: judgeThat(verdict),
  hanging: judgeThat(HANG),
  failing: [
    { what: 'no JSON', make: judgeThat('Well.', `{${SECRET}`, ''), secret: SECRET },
    {
      what: 'a failed call',
      make: judgeThat({ type: 'failed', code: 'upstream_auth', message: 'Refused.', retryable: false, cause: SECRET }),
      secret: SECRET,
    },
  ],
  unsound: judgeThat('{"agent_evaluations":{"Ann":{"goal":["x","great"],"secret":["y",7]},"Bob":5}}'),
});

type Answer = (messages: readonly PluginMessage[]) => unknown;

/** A plugin in an evaluator of its own type. */
function plugin(answer: Answer, terminal = false): () => Evaluator {
  class TestPlugin extends EvaluatorPlugin {
    readonly pluginType = 'mine';

    evaluate(_turnNumber: number, messages: readonly PluginMessage[]): Promise<readonly PluginResult[]> {
      // What plugins answer is not what their types say.
      return answer(messages) as Promise<readonly PluginResult[]>;
    }

    override getTerminalEvaluator(): unknown {
      return terminal ? this : undefined;
    }
  }
  return () => build('mine', { plugin: TestPlugin });
}

const senders = (messages: readonly PluginMessage[]): string[] => [
  ...new Set(messages.map(([sender]) => sender).filter((sender) => sender !== 'Environment')),
];
const asObjects: Answer = (messages) =>
  senders(messages).map((agent) => ({ agent, dimension: 'overall', score: 8, reasoning: 'counted', range: [0, 10] }));
const asTuples: Answer = async (messages) => senders(messages).map((agent) => [agent, [['overall', 8], 'counted']]);
const failing = [
  {
    what: 'it throws',
    make: plugin(() => {
      throw new Error(SECRET);
    }),
    secret: SECRET,
  },
  { what: 'it rejects', make: plugin(() => Promise.reject(new TypeError(SECRET))), secret: SECRET },
];
const unsound: Answer = () => [
  ['Ann', [['overall', NaN], 'x']],
  ['Bob'],
  { agent: 'Cem', dimension: 'overall', score: '9' },
  'odd',
  ['Eve', 5],
];
const hanging = plugin(() => new Promise(() => undefined));

describeEvaluator('a plugin that answers with objects', {
  judging: plugin(asObjects),
  everyAgent: plugin(asObjects),
  hanging,
  failing,
  unsound: plugin(unsound),
});

describeEvaluator('a plugin that answers with tuples, at the end', {
  judging: plugin(asTuples, true),
  everyAgent: plugin(asTuples, true),
  hanging,
  failing,
  unsound: plugin(unsound, true),
});
