import { Controller, Get, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import type { Response } from 'express';
import { Access } from '../auth/access.js';
import { HealthRegistry, type Probe } from './health-registry.js';
import { ServerStatus } from './server-status.js';

/** Kubernetes probes, and an overview for people and dashboards. Upstream models are never part of a probe. */
@Access('public')
@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(HealthRegistry) private readonly registry: HealthRegistry,
    @Inject(ServerStatus) private readonly status: ServerStatus,
  ) {}

  @Get()
  overview(@Res({ passthrough: true }) response: Response): Readonly<Record<string, unknown>> {
    const body = this.status.overview();
    if (body['status'] === 'shutting_down') response.status(503);
    return body;
  }

  /** The process turns its event loop. */
  @Get('live')
  live(): Readonly<Record<string, unknown>> {
    return { status: 'ok' };
  }

  /** Requests can be served: the store answers and nothing is shutting down. */
  @Get('ready')
  ready(@Res({ passthrough: true }) response: Response): Promise<HealthCheckResult> {
    return this.#probe('ready', response);
  }

  /** What has to be loaded before the first request is loaded. */
  @Get('startup')
  startup(@Res({ passthrough: true }) response: Response): Promise<HealthCheckResult> {
    return this.#probe('startup', response);
  }

  /** A red probe answers 503 with the same document as a green one. */
  async #probe(probe: Probe, response: Response): Promise<HealthCheckResult> {
    try {
      return await this.health.check(this.registry.indicators(probe));
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      response.status(503);
      return error.getResponse() as HealthCheckResult;
    }
  }
}
