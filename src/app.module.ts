import { Module, type DynamicModule } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { ConfigModule } from './config/config.module.js';
import type { ParleyConfig } from './config/parley-config.js';
import { ConversationsModule } from './conversations/conversations.module.js';
import { ApiStreamModule } from './doors/api-stream/api-stream.module.js';
import { DocsModule } from './doors/docs/docs.module.js';
import { OpenAiModule } from './doors/openai/openai.module.js';
import { HttpModule } from './doors/http/http.module.js';
import { JsonRpcModule } from './doors/jsonrpc/jsonrpc.module.js';
import { MetricsModule } from './doors/metrics/metrics.module.js';
import { SocketIoModule } from './doors/socketio/socketio.module.js';
import { WebSocketModule } from './doors/websocket/websocket.module.js';
import { HealthModule } from './health/health.module.js';
import { PluginsModule } from './plugins/plugins.module.js';
import type { Registries } from './plugins/registries.js';
import { RuntimeModule } from './runtime/runtime.module.js';
import type { Logger } from './telemetry/logger.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';
import { ToolsModule } from './tools/tools.module.js';

/** The list of modules. */
@Module({})
export class AppModule {
  static forRoot(config: ParleyConfig, logger: Logger, registries: Registries): DynamicModule {
    return {
      module: AppModule,
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
