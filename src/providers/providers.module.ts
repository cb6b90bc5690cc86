import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ParleyConfig } from '../config/parley-config.js';
import { CLOCK, MODELS } from '../core/ports/tokens.js';
import type { Clock } from '../core/ports/clock.js';
import { buildModels, type BuiltModels } from './provider-registry.js';

/** The configured models. */
@Module({
  providers: [
    {
      provide: MODELS,
      inject: [ParleyConfig, CLOCK],
      useFactory: (config: ParleyConfig, clock: Clock): BuiltModels =>
        buildModels(config.models, { clock, random: Math.random, default_model: config.default_model }),
    },
  ],
  exports: [MODELS],
})
export class ProvidersModule implements OnApplicationShutdown {
  constructor(@Inject(MODELS) private readonly models: BuiltModels) {}

  async onApplicationShutdown(): Promise<void> {
    await this.models.stop();
  }
}
