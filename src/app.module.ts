import { Module, type DynamicModule } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { ConfigModule } from './config/config.module.js';
import type { ParleyConfig } from './config/parley-config.js';
import { ConversationsModule } from './conversations/conversations.module.js';
import type { Clock } from './core/ports/clock.js';
import { CLOCK, MODELS } from './core/ports/tokens.js';
import { ApiStreamModule } from './doors/api-stream/api-stream.module.js';
import { DocsModule } from './doors/docs/docs.module.js';
import { OpenAiModule } from './doors/openai/openai.module.js';
import { HttpModule } from './doors/http/http.module.js';
import { JsonRpcModule } from './doors/jsonrpc/jsonrpc.module.js';
import { MetricsModule } from './doors/metrics/metrics.module.js';
import { SocketIoModule } from './doors/socketio/socketio.module.js';
import { WebSocketModule } from './doors/websocket/websocket.module.js';
import { HealthModule } from './health/health.module.js';
import { ModelKeyRefresh } from './model-key-refresh.js';
import { PluginsModule } from './plugins/plugins.module.js';
import type { Registries } from './plugins/registries.js';
import type { BuiltModels } from './providers/provider-registry.js';
import { RuntimeModule } from './runtime/runtime.module.js';
import type { Logger } from './telemetry/logger.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';
import { ToolsModule } from './tools/tools.module.js';
import type { ModelSecrets } from './vault-secrets.js';

/** The list of modules. */
@Module({})
export class AppModule {
  /** @param secrets keys of models that are to be read again */
  static forRoot(config: ParleyConfig, logger: Logger, registries: Registries, secrets?: ModelSecrets): DynamicModule {
    return {
      module: AppModule,
      providers: [
        {
          provide: ModelKeyRefresh,
          inject: [MODELS, CLOCK],
          useFactory: (models: BuiltModels, clock: Clock) => new ModelKeyRefresh({ secrets, models, clock, logger }),
        },
      ],
      imports: [
        ConfigModule.forRoot(config),
        TelemetryModule.forRoot(logger),
        RuntimeModule,
        PluginsModule.forRoot(registries),
        ToolsModule,
        AuthModule,
        ConversationsModule,
        HttpModule,
        OpenAiModule,
        ApiStreamModule,
        WebSocketModule,
        SocketIoModule,
        JsonRpcModule,
        HealthModule,
        MetricsModule,
        DocsModule.forRoot(config.docs.enabled),
      ],
    };
  }
}
