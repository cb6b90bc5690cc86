import type { ParleyConfig } from '../config/parley-config.js';
import type { Models } from '../core/ports/models.js';
import { placeProblem, type Where } from './place-problems.js';

/** A line for every model that cannot be used as it is configured and that was not warned of while that was read. */
export function unusableModels(config: ParleyConfig, models: Models, where: Where): readonly string[] {
  return config.models.flatMap(({ name, unavailable }) => {
    const health = models.get(name)?.health();
    if (unavailable !== undefined || health === undefined || health.healthy) return [];
    return [
      placeProblem({ path: ['models', name], message: `cannot be used: ${health.last_error ?? 'unknown'}` }, where),
    ];
  });
}
