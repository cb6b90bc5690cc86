import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ParleyConfig } from '../../config/parley-config.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { Metrics } from '../../telemetry/metrics.js';
import { METRICS_DOOR, type MetricsDoor } from './metrics-door.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsServer } from './metrics-server.js';

/** Measurements, on a port of their own and, if that is wanted, on the main one. */
@Module({
  controllers: [MetricsController],
  providers: [
    {
      provide: METRICS_DOOR,
      inject: [ParleyConfig],
      useFactory: ({ metrics: { on_main_port } }: ParleyConfig): MetricsDoor => ({ on_main_port }),
    },
    {
      provide: MetricsServer,
      inject: [ParleyConfig, Metrics, LOGGER],
      useFactory: ({ server, metrics: { port, port_given } }: ParleyConfig, metrics: Metrics, logger: Logger) =>
        new MetricsServer({ host: server.host, port, port_given, metrics, logger }),
    },
  ],
})
export class MetricsModule implements OnApplicationShutdown {
  constructor(@Inject(MetricsServer) private readonly server: MetricsServer) {}

  async onApplicationShutdown(): Promise<void> {
    await this.server.close();
  }
}
