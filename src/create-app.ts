import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { setUpApp } from './app.setup.js';
import type { ParleyConfig } from './config/parley-config.js';
import { isLoopbackAddress } from './doors/wire/loopback.js';
import { NestLogger } from './telemetry/nest-logger.js';
import type { Logger } from './telemetry/logger.js';

/** Builds the application with everything wired, not yet listening. */
export async function createApp(config: ParleyConfig, logger: Logger): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config, logger), {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: false,
  });
  setUpApp(app, {
    logger,
    body_bytes: config.limits.body_bytes,
    json_depth: config.limits.json_depth,
    loopback: isLoopbackAddress(config.server.host),
  });
  return app;
}
