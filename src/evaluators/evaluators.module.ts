import { Module } from '@nestjs/common';
import { jsonrepair } from 'jsonrepair';
import { ParleyConfig } from '../config/parley-config.js';
import { boundRepair } from '../core/kernel/bound-repair.js';
import type { Evaluator } from '../core/ports/evaluator.js';
import type { Models } from '../core/ports/models.js';
import { EVALUATORS, EVALUATOR_TYPES, MODELS } from '../core/ports/tokens.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { EvaluatorRegistry } from './evaluator-registry.js';

/** The configured evaluators by name. The registry, with what plugins added to it, is that of the application. */
@Module({
  providers: [
    {
      provide: EVALUATOR_TYPES,
      inject: [EvaluatorRegistry],
      useFactory: (registry: EvaluatorRegistry): readonly string[] => registry.types,
    },
    {
      provide: EVALUATORS,
      inject: [EvaluatorRegistry, ParleyConfig, MODELS, LOGGER],
      useFactory: (
        registry: EvaluatorRegistry,
        config: ParleyConfig,
        models: Models,
        logger: Logger,
      ): ReadonlyMap<string, Evaluator> =>
        registry.buildEvaluators(config.evaluators, {
          models,
          repairJson: boundRepair(jsonrepair),
          onError: (error, evaluator) => logger.warn({ err: error, evaluator }, 'an evaluator failed'),
        }),
    },
  ],
  exports: [EVALUATORS, EVALUATOR_TYPES],
})
export class EvaluatorsModule {}
