import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ParleyConfig } from '../config/parley-config.js';
import { LOGGER, type Logger } from './logger.js';
import { Metrics } from './metrics.js';

/** Logs and measurements. */
@Global()
@Module({})
export class TelemetryModule {
  static forRoot(logger: Logger): DynamicModule {
    return {
      module: TelemetryModule,
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: Metrics, inject: [ParleyConfig], useFactory: createMetrics },
      ],
      exports: [LOGGER, Metrics],
    };
  }
}

function createMetrics({ metrics: { port, on_main_port } }: ParleyConfig): Metrics {
  const metrics = new Metrics();
  if (port !== 0 || on_main_port) metrics.measureProcess();
  return metrics;
}
