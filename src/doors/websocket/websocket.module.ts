import { Inject, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Authenticator } from '../../auth/authenticator.js';
import { OpenSockets } from '../../auth/open-sockets.js';
import { isUnlimited } from '../../config/open-door.js';
import { ParleyConfig } from '../../config/parley-config.js';
import { CancelRun } from '../../conversations/cancel-run.js';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { DRAIN_GRACE_MS, RunSupervisor } from '../../conversations/run-supervisor.js';
import { StartChat } from '../../conversations/start-chat.js';
import { WatchEvents } from '../../conversations/watch-events.js';
import type { Clock } from '../../core/ports/clock.js';
import type { RateLimiter } from '../../core/ports/rate-limiter.js';
import { CLOCK, RATE_LIMITER } from '../../core/ports/tokens.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { Metrics } from '../../telemetry/metrics.js';
import { isLoopbackAddress } from '../wire/loopback.js';
import { OriginPolicy } from '../wire/origins.js';
import { reportSocket } from '../wire/report-socket.js';
import { SocketGate } from '../wire/socket-gate.js';
import { ChatSocketDoor } from './chat/chat-socket-door.js';
import { WebSocketHost } from './websocket-host.js';

/** Raw WebSockets: the host of their doors, and who may open a socket. A door registers itself with the host. */
@Module({
  imports: [ConversationsModule],
  providers: [
    {
      provide: SocketGate,
      inject: [Authenticator, RATE_LIMITER, OpenSockets, ParleyConfig],
      useFactory: (authenticator: Authenticator, limiter: RateLimiter, sockets: OpenSockets, config: ParleyConfig) =>
        new SocketGate({
          authenticator,
          limiter,
          sockets,
          origins: new OriginPolicy(config.server.cors_origins),
          loopback: isLoopbackAddress(config.server.host),
          limits: config.limits,
          unlimited: isUnlimited(config),
        }),
    },
    {
      provide: WebSocketHost,
      inject: [HttpAdapterHost, SocketGate, CLOCK, RunSupervisor, ParleyConfig, LOGGER],
      useFactory: (
        adapter: HttpAdapterHost,
        gate: SocketGate,
        clock: Clock,
        runs: RunSupervisor,
        config: ParleyConfig,
        logger: Logger,
      ) =>
        new WebSocketHost({
          adapter,
          gate,
          clock,
          base_path: config.server.base_path,
          limits: config.limits,
          draining: () => runs.draining,
          drained: () => runs.drain(DRAIN_GRACE_MS),
          report: reportSocket(logger),
        }),
    },
    {
      provide: ChatSocketDoor,
      inject: [CLOCK, ParleyConfig, WatchEvents, StartChat, CancelRun, OpenSockets],
      useFactory: (
        clock: Clock,
        { limits }: ParleyConfig,
        watch: WatchEvents,
        start: StartChat,
        cancel: CancelRun,
        sockets: OpenSockets,
      ) =>
        new ChatSocketDoor({
          clock,
          watch,
          start,
          cancel,
          sockets,
          limits: {
            history_messages: limits.history_messages,
            message_bytes: limits.message_bytes,
            depth: limits.json_depth,
            nodes: limits.json_nodes,
            keys: limits.json_keys,
          },
        }),
    },
  ],
  exports: [WebSocketHost, SocketGate],
})
export class WebSocketModule {
  constructor(
    @Inject(WebSocketHost) host: WebSocketHost,
    @Inject(ChatSocketDoor) chat: ChatSocketDoor,
    @Inject(OpenSockets) sockets: OpenSockets,
    @Inject(Metrics) metrics: Metrics,
  ) {
    host.register(chat);
    metrics.gauge('parley_sockets', 'Sockets that are open now, of all doors.', () => sockets.count);
  }
}
