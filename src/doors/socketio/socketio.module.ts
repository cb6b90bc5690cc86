import { Module } from '@nestjs/common';
import { OpenSockets } from '../../auth/open-sockets.js';
import { ParleyConfig } from '../../config/parley-config.js';
import { CancelRun } from '../../conversations/cancel-run.js';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { CreateConversation } from '../../conversations/create-conversation.js';
import { DRAIN_GRACE_MS, RunSupervisor } from '../../conversations/run-supervisor.js';
import { StartChat } from '../../conversations/start-chat.js';
import { WatchEvents } from '../../conversations/watch-events.js';
import type { Clock } from '../../core/ports/clock.js';
import { CLOCK } from '../../core/ports/tokens.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { SocketGate } from '../wire/socket-gate.js';
import { reportSocket } from '../wire/report-socket.js';
import { WebSocketModule } from '../websocket/websocket.module.js';
import { SocketIoClients } from './socketio-clients.js';
import { SocketIoHandshake } from './socketio-handshake.js';
import type { SocketIoSessionDeps } from './socketio-session.js';
import { SocketIoGateway } from './socketio.gateway.js';

const SESSION = Symbol('SocketIoSessionDeps');
const SETTINGS = Symbol('SocketIoSettings');

/** The Socket.IO gateway. Its server is made by `SocketIoAdapter`. */
@Module({
  imports: [ConversationsModule, WebSocketModule],
  providers: [
    {
      provide: SocketIoHandshake,
      inject: [SocketGate, CLOCK, ParleyConfig, RunSupervisor, LOGGER],
      useFactory: (gate: SocketGate, clock: Clock, { limits }: ParleyConfig, runs: RunSupervisor, logger: Logger) =>
        new SocketIoHandshake({
          gate,
          clock,
          limits: {
            frames_per_second: limits.socket_frames_per_second,
            depth: limits.json_depth,
            nodes: limits.json_nodes,
            keys: limits.json_keys,
          },
          draining: () => runs.draining,
          report: reportSocket(logger),
        }),
    },
    {
      provide: SESSION,
      inject: [WatchEvents, CreateConversation, StartChat, CancelRun, OpenSockets, SETTINGS],
      useFactory: (
        watch: WatchEvents,
        create: CreateConversation,
        start: StartChat,
        cancel: CancelRun,
        sockets: OpenSockets,
        settings: Pick<SocketIoSessionDeps, 'history_messages' | 'draining'>,
      ): SocketIoSessionDeps => ({ watch, create, start, cancel, sockets, ...settings }),
    },
    {
      provide: SETTINGS,
      inject: [ParleyConfig, RunSupervisor],
      useFactory: ({ limits }: ParleyConfig, runs: RunSupervisor) => ({
        history_messages: limits.history_messages,
        draining: () => runs.draining,
      }),
    },
    {
      provide: SocketIoClients,
      inject: [SocketGate, CLOCK, SESSION, RunSupervisor, LOGGER],
      useFactory: (gate: SocketGate, clock: Clock, session: SocketIoSessionDeps, runs: RunSupervisor, logger: Logger) =>
        new SocketIoClients({
          gate,
          clock,
          session,
          drained: () => runs.drain(DRAIN_GRACE_MS),
          report: reportSocket(logger),
        }),
    },
    SocketIoGateway,
  ],
})
export class SocketIoModule {}
