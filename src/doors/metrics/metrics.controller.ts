import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Access } from '../../auth/access.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { Metrics } from '../../telemetry/metrics.js';
import { METRICS_DOOR, type MetricsDoor } from './metrics-door.js';

/** Measurements on the main port, for those who may administer; the management port needs no key. */
@Access('admin')
@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(METRICS_DOOR) private readonly door: MetricsDoor,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  @Get()
  async read(@Res() response: Response): Promise<void> {
    if (!this.door.on_main_port)
      throw new ParleyError('not_found', 'metrics are served here only with metrics.on_main_port: true');
    const text = await this.metrics.text();
    response.set({ 'content-type': this.metrics.contentType, 'cache-control': 'no-store' });
    response.end(text);
  }
}
