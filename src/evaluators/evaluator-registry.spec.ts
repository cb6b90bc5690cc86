import { describe, expect, it } from '@jest/globals';
import { modelsOf, ScriptedModel } from '../../test/support/scripted-model.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import { EvaluatorPlugin, type PluginResult } from './evaluator-plugin.js';
import { EvaluatorRegistry } from './evaluator-registry.js';
import type { EvaluatorSection } from './evaluator-section.js';

const deps = {
  models: modelsOf(new ScriptedModel('gpt', []), new ScriptedModel('other', [])),
  repairJson: (text: string) => text,
};

function section(
  type: string,
  config: Record<string, unknown> = {},
  more: Partial<EvaluatorSection> = {},
): EvaluatorSection {
  return { name: type, type, enabled: true, config, ...more };
}

function problemOf(...sections: readonly EvaluatorSection[]): string {
  try {
    new EvaluatorRegistry().buildEvaluators(sections, deps);
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'config_invalid') return error.message;
    throw error;
  }
  return 'none';
}

class Mine extends EvaluatorPlugin {
  readonly pluginType = 'mine';

  constructor(config: Readonly<Record<string, unknown>>) {
    super(config);
    if (typeof config['threshold'] !== 'number') throw new TypeError('threshold must be a number');
  }

  evaluate(): readonly PluginResult[] {
    return [];
  }
}

describe('EvaluatorRegistry', () => {
  it("builds document 1's evaluators in their order, the enabled ones only", () => {
    const built = new EvaluatorRegistry().buildEvaluators(
      [
        section('rule_based', { max_turn_number: 20 }),
        section('llm', { dimensions: 'sotopia' }, { model: 'gpt' }),
        section('nobody_knows_it', {}, { enabled: false }),
        section('llm', {}, { name: 'llm_2', model: 'other' }),
      ],
      deps,
    );
    expect([...built].map(([name, { type, scopes }]) => [name, type, scopes])).toEqual([
      ['rule_based', 'rule_based', ['terminal']],
      ['llm', 'llm', ['terminal']],
      ['llm_2', 'llm', ['terminal']],
    ]);
  });

  it('takes further types, from a factory or from a plugin class, and none twice', () => {
    const registry = new EvaluatorRegistry();
    registry.registerPlugin('mine', Mine);
    registry.registerEvaluator('own', ({ name, type }) => ({
      name,
      type,
      scopes: ['turn'],
      evaluate: async () => ({ scores: [] }),
    }));
    expect(registry.types).toEqual(['rule_based', 'llm', 'mine', 'own']);
    const built = registry.buildEvaluators([section('own'), section('mine', { threshold: 0.7 })], deps);
    expect([...built.values()].map(({ type, scopes }) => [type, scopes])).toEqual([
      ['own', ['turn']],
      ['mine', ['turn']],
    ]);
    expect(() => registry.registerPlugin('llm', Mine)).toThrow('the evaluator type "llm" already exists');
    expect(() => registry.registerPlugin(' ', Mine)).toThrow('needs a name');
    expect(new EvaluatorRegistry().types).toEqual(['rule_based', 'llm']);
  });

  it.each<readonly [string, EvaluatorSection, string]>([
    ['an unknown type', section('rulebased'), 'type "rulebased" is not known; there are rule_based, llm'],
    ['an unknown type of Object', section('constructor'), 'type "constructor" is not known; there are rule_based, llm'],
    ['an unknown model', section('llm', {}, { model: 'gpt5' }), 'model "gpt5" is not known; there are gpt, other'],
    [
      'an unknown key',
      section('rule_based', { max_turns: 3 }),
      'config.max_turns is not known; there are max_turn_number, max_stale_turn',
    ],
    [
      'a number that is none',
      section('rule_based', { max_turn_number: '3' }),
      'config.max_turn_number must be a whole number from 1',
    ],
    ['no turns', section('rule_based', { max_turn_number: 0 }), 'config.max_turn_number must be a whole number from 1'],
    [
      'half a turn',
      section('rule_based', { max_stale_turn: 0.5 }),
      'config.max_stale_turn must be a whole number from 0',
    ],
    [
      'dimensions of another shape',
      section('llm', { dimensions: 'goal' }),
      'config.dimensions must be "sotopia" or a list',
    ],
  ])('refuses %s, naming the evaluator', (_what, bad, problem) => {
    expect(problemOf(bad)).toContain(`evaluators[0]: evaluator "${bad.name}": ${problem}`);
  });

  it('says everything that is wrong at once', () => {
    const message = problemOf(
      section('rule_based', { max_turn_number: -1, max_stale_turn: 'x' }),
      section('llm'),
      section('llm'),
      section('llm', { dimensions: [] }, { name: 'b', model: 'nope' }),
    );
    expect(message.split('\n')).toEqual([
      expect.stringMatching(/^evaluators\[0\]: .+max_turn_number.+; config\.max_stale_turn/),
      'evaluators[2]: evaluator "llm": the name is given twice',
      expect.stringMatching(/^evaluators\[3\]: evaluator "b": config\.dimensions.+; model "nope" is not known/),
    ]);
  });

  it('says at the start which plugin class cannot be built, and why', () => {
    const registry = new EvaluatorRegistry();
    registry.registerPlugin('mine', Mine);
    expect(() => registry.buildEvaluators([section('mine')], deps)).toThrow(
      'evaluators[0]: evaluator "mine": its class "Mine" could not be built (TypeError: threshold must be a number)',
    );
    registry.registerPlugin('empty', Date as never);
    expect(() => registry.buildEvaluators([section('empty')], deps)).toThrow('its class has no method "evaluate"');
  });
});
