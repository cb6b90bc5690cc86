import { Module } from '@nestjs/common';
import { EVALUATORS } from '../core/ports/tokens.js';
import type { Evaluator } from '../core/ports/evaluator.js';

/** The configured evaluators by name. */
@Module({
  providers: [{ provide: EVALUATORS, useFactory: (): ReadonlyMap<string, Evaluator> => new Map() }],
  exports: [EVALUATORS],
})
export class EvaluatorsModule {}
