import type { ParleyConfig } from '../config/parley-config.js';
import type { KeyPath } from '../config/problems.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import { thereIs } from '../core/kernel/there-is.js';
import { placeProblem, stepsOf, type PathProblem, type Where } from './place-problems.js';
import type { Registries } from './registries.js';

/** What the configuration names and nobody registered: types of evaluators and models, handlers and parsers of workflows. */
export function judgeTypes(config: ParleyConfig, registries: Registries, where: Where = {}): readonly string[] {
  const problems = [...evaluatorProblems(config, registries), ...modelProblems(config, registries)];
  return problems.map((problem) => placeProblem(problem, where));
}

function evaluatorProblems({ evaluators }: ParleyConfig, { evaluators: registry }: Registries): PathProblem[] {
  return evaluators.flatMap(({ type }, index) =>
    registry.types.includes(type)
      ? []
      : [{ path: ['evaluators', index, 'type'], message: unknownName(type, registry.types) }],
  );
}

function modelProblems({ models }: ParleyConfig, { providers, workflow }: Registries): PathProblem[] {
  return models.flatMap((model): PathProblem[] => {
    const path = ['models', model.name];
    if (!providers.types.includes(model.type)) {
      return [{ path: [...path, 'type'], message: unknownName(model.type, providers.types) }];
    }
    if (model.type !== 'workflow') return [];
    const fallback = model.custom_config?.['fallback_model'];
    const names = models.map(({ name }) => name);
    return [
      ...buildProblems(() => workflow.build(model.custom_config ?? {}), path),
      ...(typeof fallback === 'string' && !names.includes(fallback)
        ? [{ path: [...path, 'custom_config', 'fallback_model'], message: unknownName(fallback, names) }]
        : []),
    ];
  });
}

/** What refuses to be built says where, from the model on. */
function buildProblems(build: () => unknown, path: KeyPath): PathProblem[] {
  try {
    build();
    return [];
  } catch (error) {
    if (!(error instanceof ParleyError) || error.code !== 'config_invalid') throw error;
    if (error.problems.length === 0) return [{ path: [...path, 'custom_config'], message: error.message }];
    return error.problems.map(({ pointer, message }) => ({ path: [...path, ...stepsOf(pointer)], message }));
  }
}

function unknownName(got: string, names: readonly string[]): string {
  return `is not known (${thereIs(names)}; got ${JSON.stringify(got)})`;
}
