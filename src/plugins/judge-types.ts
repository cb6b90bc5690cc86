import type { LoadedConfig } from '../config/load-config.js';
import type { ParleyConfig } from '../config/parley-config.js';
import { formatKeyPath, type KeyPath } from '../config/problems.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import type { Registries } from './registries.js';

type Where = Pick<LoadedConfig, 'locate'>;

interface TypeProblem {
  readonly path: KeyPath;
  readonly message: string;
}

/** What the configuration names and nobody registered: types of evaluators and models, handlers and parsers of workflows. */
export function judgeTypes(config: ParleyConfig, registries: Registries, where?: Where): readonly string[] {
  const problems = [...evaluatorProblems(config, registries), ...modelProblems(config, registries)];
  return problems.map(({ path, message }) => {
    const place = where === undefined ? '' : `${where.locate(path)}: `;
    return `${place}${formatKeyPath(path)}: ${message}`;
  });
}

function evaluatorProblems({ evaluators }: ParleyConfig, { evaluators: registry }: Registries): TypeProblem[] {
  return evaluators.flatMap(({ type }, index) =>
    registry.types.includes(type)
      ? []
      : [{ path: ['evaluators', index, 'type'], message: unknownName(type, registry.types) }],
  );
}

function modelProblems({ models }: ParleyConfig, { providers, workflow }: Registries): TypeProblem[] {
  return models.flatMap((model): TypeProblem[] => {
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
function buildProblems(build: () => unknown, path: KeyPath): TypeProblem[] {
  try {
    build();
    return [];
  } catch (error) {
    if (!(error instanceof ParleyError) || error.code !== 'config_invalid') throw error;
    if (error.problems.length === 0) return [{ path: [...path, 'custom_config'], message: error.message }];
    return error.problems.map(({ pointer, message }) => ({ path: [...path, ...stepsOf(pointer)], message }));
  }
}

function stepsOf(pointer: string): KeyPath {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

function unknownName(got: string, names: readonly string[]): string {
  return `is not known (there is ${names.join(', ')}; got ${JSON.stringify(got)})`;
}
