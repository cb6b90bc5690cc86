import { Inject, type BeforeApplicationShutdown } from '@nestjs/common';
import {
  Ack,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
} from '@nestjs/websockets';
import type { Socket } from 'socket.io';
import { Access } from '../../auth/access.js';
import { SocketIoClients, type Acknowledge } from './socketio-clients.js';

/** Socket.IO, namespace `/`: conversations in rooms, every event of theirs as it is in the log. */
@Access('chat')
// engine.io would end the upgrades of other doors that take longer than a second.
@WebSocketGateway({ namespace: '/', destroyUpgrade: false })
export class SocketIoGateway implements OnGatewayConnection, OnGatewayDisconnect, BeforeApplicationShutdown {
  constructor(@Inject(SocketIoClients) private readonly clients: SocketIoClients) {}

  handleConnection(socket: Socket): void {
    this.clients.open(socket);
  }

  handleDisconnect(socket: Socket): void {
    this.clients.close(socket);
  }

  @SubscribeMessage('join')
  join(@ConnectedSocket() socket: Socket, @MessageBody() data: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.clients.answer(socket, ack, (session) => session.join(data));
  }

  @SubscribeMessage('leave')
  leave(@ConnectedSocket() socket: Socket, @MessageBody() data: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.clients.answer(socket, ack, (session) => session.leave(data));
  }

  @SubscribeMessage('chat')
  chat(@ConnectedSocket() socket: Socket, @MessageBody() data: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.clients.answer(socket, ack, (session) => session.chat(data));
  }

  @SubscribeMessage('conversation:create')
  create(@ConnectedSocket() socket: Socket, @MessageBody() data: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.clients.answer(socket, ack, (session) => session.create(data));
  }

  @SubscribeMessage('cancel')
  cancel(@ConnectedSocket() socket: Socket, @MessageBody() data: unknown, @Ack() ack?: Acknowledge): Promise<void> {
    return this.clients.answer(socket, ack, (session) => session.cancel(data));
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.clients.leave();
  }
}
