import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule as NestConfigModule } from '@nestjs/config';
import { ParleyConfig } from './parley-config.js';

/**
 * The parsed configuration: injected by its class, and under `parley` through Nest's own ConfigService. Nest reads neither
 * environment nor files itself: what is not in the parsed configuration does not exist.
 */
@Global()
@Module({})
export class ConfigModule {
  static forRoot(config: ParleyConfig): DynamicModule {
    return {
      module: ConfigModule,
      imports: [
        NestConfigModule.forRoot({
          isGlobal: true,
          ignoreEnvFile: true,
          skipProcessEnv: true,
          load: [() => ({ parley: config })],
        }),
      ],
      providers: [{ provide: ParleyConfig, useValue: config }],
      exports: [ParleyConfig],
    };
  }
}
