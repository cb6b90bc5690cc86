import { CHAT_CHANNEL } from './chat.channel.js';
import { SESSION_CHANNEL } from './session.channel.js';
import type { SocketChannel } from './socket-channel.js';
import { SOCKET_IO_CHANNEL } from './socketio.channel.js';

/** All protocols on sockets. */
export const SOCKET_CHANNELS: readonly SocketChannel[] = [CHAT_CHANNEL, SESSION_CHANNEL, SOCKET_IO_CHANNEL];
