import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { setUpApp } from './app.setup.js';
import type { ParleyConfig } from './config/parley-config.js';
import { prepareRegistries } from './plugins/prepare-registries.js';
import type { Registries } from './plugins/registries.js';
import { NestLogger } from './telemetry/nest-logger.js';
import { ModelSecrets } from './vault-secrets.js';
import type { Logger } from './telemetry/logger.js';

/**
 * Builds the application with everything wired, not yet listening.
 *
 * @param prepared what the plugins registered; absent: they are loaded here
 * @throws ConfigError for plugins that cannot be used, and for types that nobody registered;
 * ParleyError for secrets and keys that cannot be read
 */
export async function createApp(
  given: ParleyConfig,
  logger: Logger,
  prepared?: Registries,
): Promise<NestExpressApplication> {
  const registries = prepared ?? (await prepareRegistries({ config: given }));
  const secrets = ModelSecrets.of(given);
  const config = (await secrets?.fill(given)) ?? given;
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config, logger, registries, secrets), {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: false,
  });
  setUpApp(app, config, logger);
  return app;
}
