import type { OpenSockets } from '../../auth/open-sockets.js';
import type { CancelTask } from '../../conversations/cancel-task.js';
import type { FindSession } from '../../conversations/find-session.js';
import type { GiveResults } from '../../conversations/give-results.js';
import type { RunSupervisor } from '../../conversations/run-supervisor.js';
import type { StartChat } from '../../conversations/start-chat.js';
import type { WatchEvents } from '../../conversations/watch-events.js';
import type { Encoder } from '../../core/events/encoder.js';
import type { ParleyError } from '../../core/kernel/parley-error.js';
import type { SchemaProblem, Tools } from '../../core/ports/tool.js';
import { FrameEncoder } from '../wire/frame-encoder.js';
import type { MessageLimits } from '../wire/parse-json.js';
import type { DoorSocket, SocketDoor, SocketSession } from '../websocket/socket-door.js';
import { JsonRpcSocket } from './jsonrpc-socket.js';
import { JsonRpcProjection } from './jsonrpc.projection.js';
import { errorNotification } from './notification.js';
import { rpcError } from '../wire/json-rpc.js';

/** What can be asked of a session. */
export interface SessionUseCases {
  readonly find: FindSession;
  readonly start: StartChat;
  readonly give: GiveResults;
  readonly cancel: CancelTask;
  readonly watch: WatchEvents;
  readonly runs: Pick<RunSupervisor, 'isBusy'>;
}

export interface JsonRpcDeps extends SessionUseCases {
  readonly tools: Tools;
  readonly schemaProblem: SchemaProblem;
  readonly sockets: OpenSockets;
  readonly limits: MessageLimits & { readonly history_messages: number };
  /** For the log: what a notification of a client failed with. */
  readonly report: (error: ParleyError) => void;
}

/** `/ws/{session_id}`: JSON-RPC 2.0 with tools that the client runs. */
export class JsonRpcSocketDoor implements SocketDoor {
  readonly pattern = /^\/ws\/(?<session_id>[^/]+)\/?$/;
  /** One for all sockets: they share what it serialises. */
  readonly #encoder: Encoder = new FrameEncoder(new JsonRpcProjection());

  constructor(private readonly deps: JsonRpcDeps) {}

  open(socket: DoorSocket, { session_id = '' }: Readonly<Record<string, string>>): SocketSession {
    return new JsonRpcSocket(session_id, { socket, encoder: this.#encoder, door: this.deps });
  }

  errorFrame(error: ParleyError): string {
    return errorNotification(rpcError(error), null);
  }
}
