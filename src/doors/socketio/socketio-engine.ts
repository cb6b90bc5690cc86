import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws';
import { FrameMeter } from '../wire/frame-meter.js';
import { answeredProtocol } from '../wire/socket-gate.js';

export interface EngineLimits {
  readonly socket_fragments: number;
  readonly socket_frames_per_second: number;
}

/** TCP segments of one frame: an honest one of 256 KiB has fewer. */
const MOST_CHUNKS = 1_024;
const UNSUPPORTED_DATA = 1003;
const TOO_MANY = 4429;

/** The WebSocket server under engine.io, with the limits that engine.io has no options for. */
export function boundedEngine(
  limits: EngineLimits,
  now: () => number,
): new (options: ServerOptions) => WebSocketServer {
  return class BoundedEngine extends WebSocketServer {
    constructor(options: ServerOptions) {
      super({
        ...options,
        perMessageDeflate: false,
        maxFragments: limits.socket_fragments,
        maxBufferedChunks: MOST_CHUNKS,
        handleProtocols: answeredProtocol,
        ...NEWER,
      });
    }

    override handleUpgrade(...[request, socket, head, callback]: Parameters<WebSocketServer['handleUpgrade']>): void {
      super.handleUpgrade(request, socket, head, (client, sameRequest) => {
        limitFrames(client, new FrameMeter(limits.socket_frames_per_second, now()), now);
        callback(client, sameRequest);
      });
    }
  };
}

/** What the types of `ws` do not name yet. */
const NEWER = { closeTimeout: 3_000, maxPendingAutoPongs: 1_000 };

/** Messages are counted as packets, on every transport; what WebSocket has beside them is counted here. */
function limitFrames(client: WebSocket, meter: FrameMeter, now: () => number): void {
  const count = (): void => {
    if (!meter.take(now())) client.close(TOO_MANY, 'too many frames a second');
  };
  client.on('ping', count);
  client.on('pong', count);
  client.on('message', (_data, isBinary) => {
    if (isBinary) client.close(UNSUPPORTED_DATA, 'text frames only');
  });
}
