import { Global, Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ParleyConfig } from '../config/parley-config.js';
import { CLOCK, MODELS } from '../core/ports/tokens.js';
import type { Clock } from '../core/ports/clock.js';
import { Metrics } from '../telemetry/metrics.js';
import { measureModels } from '../telemetry/model-metrics.js';
import { HealthChecks } from './health-checks.js';
import { buildModels, type BuiltModels } from './provider-registry.js';
import { ProviderTypes } from './provider-types.js';
import { WorkflowRegistry } from './workflow/workflow-registry.js';

/** The configured models. Global: evaluators, agents and doors all look models up, and plugins do not import each other. */
@Global()
@Module({
  providers: [
    {
      provide: MODELS,
      inject: [ParleyConfig, CLOCK, ProviderTypes, WorkflowRegistry, Metrics],
      useFactory: (
        config: ParleyConfig,
        clock: Clock,
        types: ProviderTypes,
        workflow: WorkflowRegistry,
        metrics: Metrics,
      ): BuiltModels =>
        buildModels(config.models, {
          clock,
          random: Math.random,
          default_model: config.default_model,
          ...(config.environment_model === undefined ? {} : { environment_model: config.environment_model }),
          types,
          workflow,
          wrap: measureModels(metrics),
        }),
    },
    {
      provide: HealthChecks,
      inject: [MODELS, CLOCK],
      useFactory: (models: BuiltModels, clock: Clock) => new HealthChecks(models, clock),
    },
  ],
  exports: [MODELS],
})
export class ProvidersModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(MODELS) private readonly models: BuiltModels,
    @Inject(HealthChecks) private readonly checks: HealthChecks,
  ) {}

  onApplicationBootstrap(): void {
    this.checks.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.checks.stop();
    await this.models.stop();
  }
}
