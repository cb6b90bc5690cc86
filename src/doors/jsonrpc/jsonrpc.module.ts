import { Inject, Module } from '@nestjs/common';
import { OpenSockets } from '../../auth/open-sockets.js';
import { ParleyConfig } from '../../config/parley-config.js';
import { CancelTask } from '../../conversations/cancel-task.js';
import { FindSession } from '../../conversations/find-session.js';
import { GiveResults } from '../../conversations/give-results.js';
import { RunSupervisor } from '../../conversations/run-supervisor.js';
import { SessionsModule } from '../../conversations/sessions.module.js';
import { StartChat } from '../../conversations/start-chat.js';
import { WatchEvents } from '../../conversations/watch-events.js';
import { SCHEMA_PROBLEM, TOOLS } from '../../core/ports/tokens.js';
import type { SchemaProblem, Tools } from '../../core/ports/tool.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { reportSocket } from '../wire/report-socket.js';
import { WebSocketHost } from '../websocket/websocket-host.js';
import { WebSocketModule } from '../websocket/websocket.module.js';
import { JsonRpcSocketDoor, type SessionUseCases } from './jsonrpc-socket-door.js';
import { RpcController } from './rpc.controller.js';
import { SessionsController } from './sessions.controller.js';

const USE_CASES = Symbol('SessionUseCases');

/** Sessions of clients that run their own tools: JSON-RPC 2.0. */
@Module({
  imports: [SessionsModule, WebSocketModule],
  controllers: [SessionsController, RpcController],
  providers: [
    {
      provide: USE_CASES,
      inject: [FindSession, StartChat, GiveResults, CancelTask, WatchEvents, RunSupervisor],
      useFactory: (
        find: FindSession,
        start: StartChat,
        give: GiveResults,
        cancel: CancelTask,
        watch: WatchEvents,
        runs: RunSupervisor,
      ): SessionUseCases => ({ find, start, give, cancel, watch, runs }),
    },
    {
      provide: JsonRpcSocketDoor,
      inject: [USE_CASES, TOOLS, SCHEMA_PROBLEM, OpenSockets, ParleyConfig, LOGGER],
      useFactory: (
        useCases: SessionUseCases,
        tools: Tools,
        schemaProblem: SchemaProblem,
        sockets: OpenSockets,
        { limits }: ParleyConfig,
        logger: Logger,
      ) =>
        new JsonRpcSocketDoor({
          ...useCases,
          tools,
          schemaProblem,
          sockets,
          limits: {
            message_bytes: limits.message_bytes,
            depth: limits.json_depth,
            nodes: limits.json_nodes,
            keys: limits.json_keys,
            history_messages: limits.history_messages,
          },
          report: reportSocket(logger),
        }),
    },
  ],
})
export class JsonRpcModule {
  constructor(@Inject(WebSocketHost) host: WebSocketHost, @Inject(JsonRpcSocketDoor) door: JsonRpcSocketDoor) {
    host.register(door);
  }
}
