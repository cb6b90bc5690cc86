import type { OpenSockets } from '../../auth/open-sockets.js';
import type { Encoder } from '../../core/events/encoder.js';
import type { Watchable, WatchHandle } from '../../conversations/watch-events.js';
import type { WatcherSink } from '../../conversations/watcher.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import type { DoorSocket } from './socket-door.js';

export interface SocketWatch {
  readonly watchable: Watchable;
  /** Frames of an event are the lines of its text. */
  readonly encoder: Encoder;
  readonly sockets: OpenSockets;
  /** The stream is over: nothing more of it comes. The socket stays open. */
  readonly onEnd: () => void;
}

/**
 * Streams a conversation over a socket that may carry others beside it, until the stream ends or the handle is closed. A
 * reader that takes nothing is told where it stands, and its socket is closed.
 */
export function watchOverSocket(socket: DoorSocket, { watchable, encoder, sockets, onEnd }: SocketWatch): WatchHandle {
  const uncount = sockets.addStream();
  const end = (): void => {
    uncount();
    onEnd();
  };
  const sink: WatcherSink = {
    write: (frames) => socket.send(frames),
    queued: () => socket.queued(),
    onDrained: (callback) => socket.onDrained(callback),
    progress: () => socket.progress(),
    end,
    cut: () => {
      const detail = `slow_consumer: nothing was taken for too long; come back with the cursor ${handle.cursor()}`;
      socket.fail(new ParleyError('slow_consumer', detail));
      end();
    },
  };
  const handle = watchable.watch(encoder, sink);
  return {
    cursor: () => handle.cursor(),
    close: () => {
      handle.close();
      uncount();
    },
  };
}
