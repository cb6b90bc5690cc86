import { conversationIdOf, isRunId, isSessionId, type ConversationRef } from '../../core/kernel/ids.js';
import type { Encoder } from '../../core/events/encoder.js';
import { ParleyError, toParleyError } from '../../core/kernel/parley-error.js';
import { parseJson } from '../wire/parse-json.js';
import { validateBody } from '../wire/validate-body.js';
import { invalidRequest } from '../wire/validation.js';
import type { DoorSocket, SocketSession } from '../websocket/socket-door.js';
import { AnswerGate } from './answer-gate.js';
import { ClientTools } from './client-tools.js';
import { toChatRequest } from './generate.js';
import type { JsonRpcDeps } from './jsonrpc-socket-door.js';
import { errorNotification } from './notification.js';
import { answerRpc, METHOD_NOT_FOUND, refusal, RPC_CODES, rpcError, unreadable } from '../wire/json-rpc.js';
import type { RpcCall, RpcOutcome } from '../wire/json-rpc.js';
import { CancelTaskDto, GenerateDto, NoParamsDto, ResumeSessionDto, ToolResultsDto } from './session.dto.js';
import { SessionStreams } from './session-streams.js';
import { clientToolList, toolList } from './tool-list.js';
import { EMPTY_RESULTS, readResults, received, UNKNOWN_TASK } from './tool-results.js';

const POLICY_VIOLATION = 1008;
const INVALID_SESSION = 'Invalid session ID';
const PARAMS = '/params';

export interface JsonRpcSocketParts {
  readonly socket: DoorSocket;
  readonly encoder: Encoder;
  readonly door: JsonRpcDeps;
}

/** A session that was found: its conversation, and what its client can do. */
interface Found {
  readonly ref: ConversationRef;
  readonly tools: ClientTools;
}

/** One socket of a session. A session may have several; what its tasks do goes to those that began or resumed them. */
export class JsonRpcSocket implements SocketSession {
  readonly #gate: AnswerGate;
  readonly #streams: SessionStreams;
  /** Undefined: there is none, and the socket is closed. */
  readonly #session: Promise<Found | undefined>;

  constructor(
    private readonly session_id: string,
    private readonly parts: JsonRpcSocketParts,
  ) {
    const { socket, encoder, door } = parts;
    this.#gate = new AnswerGate(socket);
    this.#streams = new SessionStreams({ socket: this.#gate, encoder, sockets: door.sockets, session_id });
    this.#session = this.#find();
  }

  async receive(message: Buffer): Promise<void> {
    const session = await this.#session;
    if (session === undefined) return;
    let answer: string | undefined;
    try {
      answer = await this.#answer(session, message);
    } finally {
      this.#gate.release(answer);
    }
  }

  closed(): void {
    this.#streams.leave();
  }

  farewell(): void {
    this.#streams.farewell();
  }

  async #answer(session: Found, message: Buffer): Promise<string | undefined> {
    const { door } = this.parts;
    let parsed: unknown;
    try {
      parsed = parseJson(message, door.limits);
    } catch (error) {
      return unreadable(toParleyError(error));
    }
    return answerRpc(parsed, (call) => this.#carryOut(session, call), door.report);
  }

  async #carryOut(session: Found, call: RpcCall): Promise<RpcOutcome> {
    try {
      return await this.#dispatch(session, call);
    } catch (thrown) {
      const error = toParleyError(thrown);
      if (error.code === 'invalid_request') {
        const about = call.method === 'tool_result' ? 'tool_result params' : 'params';
        return { error: { ...rpcError(error), message: `Invalid ${about}: ${error.message}` } };
      }
      // It was deleted, or is past retention.
      const isGone = error.code === 'not_found' || error.code === 'cursor_gone';
      return isGone && call.method !== 'resume' ? refusal(RPC_CODES.invalid_session, INVALID_SESSION) : rethrow(error);
    }
  }

  async #dispatch(session: Found, { method, params = {} }: RpcCall): Promise<RpcOutcome> {
    switch (method) {
      case 'generate':
        await this.parts.socket.countRequest();
        return this.#generate(session, await this.#read(GenerateDto, params));
      case 'tool_result':
        return this.#toolResult(session, await this.#read(ToolResultsDto, params));
      case 'cancel':
        return this.#cancel(session, await this.#read(CancelTaskDto, params));
      case 'resume':
        return this.#resume(session, await this.#read(ResumeSessionDto, params));
      case 'ping':
        await this.#read(NoParamsDto, params);
        return { result: { status: 'pong' } };
      case 'tool_list':
        await this.#read(NoParamsDto, params);
        return { result: { tools: toolList(this.parts.door.tools), client_tools: clientToolList(session.tools) } };
      default:
        return METHOD_NOT_FOUND;
    }
  }

  /** Parameters by name. @throws ParleyError `invalid_request` naming the fields, also for another session's id */
  async #read<T extends { session_id?: string }>(dto: new () => T, params: unknown): Promise<T> {
    if (Array.isArray(params)) throw invalidRequest([{ pointer: PARAMS, message: 'must be an object' }]);
    const body = await validateBody(dto, params, PARAMS, this.parts.door.limits.history_messages);
    const { session_id } = body;
    if (typeof session_id === 'string' && session_id !== this.session_id) {
      throw invalidRequest([{ pointer: `${PARAMS}/session_id`, message: 'is not the session of this socket' }]);
    }
    return body;
  }

  async #generate({ ref, tools }: Found, body: GenerateDto): Promise<RpcOutcome> {
    const { limits, schemaProblem, runs, start } = this.parts.door;
    const { history_messages } = limits;
    const { conversation_id } = ref;
    const request = toChatRequest(body, { conversation_id, tools, history_messages, schemaProblem });
    if (runs.isBusy(ref)) return BUSY;
    const { rest } = this.#streams;
    if (rest !== undefined) {
      // Of a batch: held back, the rest would wait for the answer, and the answer for the rest.
      this.#gate.pass();
      await rest;
    }
    this.#gate.hold();
    const attach = this.#streams.forTask();
    try {
      const started = await start.execute(ref.tenant, request, {
        route: 'WS /ws/{session_id}',
        ...(attach === undefined ? {} : { attach }),
      });
      if (attach !== undefined && started.watch !== undefined) attach.handle = started.watch;
      return { result: { status: 'processing', task_id: started.run_id } };
    } catch (thrown) {
      if (attach !== undefined) this.#streams.forget(attach);
      const error = toParleyError(thrown);
      if (error.code === 'conflict') return BUSY;
      if (error.code !== 'not_found' || request.agent_key === undefined) throw error;
      throw invalidRequest([{ pointer: `${PARAMS}/agent_name`, message: error.message }]);
    }
  }

  async #toolResult({ ref }: Found, { task_id, results }: ToolResultsDto): Promise<RpcOutcome> {
    const read = readResults(results);
    if (!isRunId(task_id)) return UNKNOWN_TASK;
    if (read.length === 0) return EMPTY_RESULTS;
    this.#gate.hold();
    return received(await this.parts.door.give.execute(ref, task_id, read));
  }

  async #cancel({ ref }: Found, { task_id }: CancelTaskDto): Promise<RpcOutcome> {
    const run_id = task_id ?? undefined;
    if (run_id !== undefined && !isRunId(run_id)) return NOTHING_ACTIVE;
    this.#gate.hold();
    const outcome = await this.parts.door.cancel.execute(ref, run_id);
    if (outcome !== 'cancelled') return NOTHING_ACTIVE;
    this.#gate.stopped();
    return { result: { status: 'cancelled' } };
  }

  async #resume({ ref }: Found, { after, task_id }: ResumeSessionDto): Promise<RpcOutcome> {
    const named = task_id ?? undefined;
    if (named !== undefined && !isRunId(named)) throw unknownTask();
    const cursor = after ?? undefined;
    const place = named === undefined ? { follow: true } : { run_id: named };
    let watchable;
    try {
      watchable = await this.parts.door.watch.open({ ref, cursor, ...place });
    } catch (thrown) {
      if (!(thrown instanceof ParleyError) || thrown.code !== 'not_found') throw thrown;
      if (named !== undefined) throw unknownTask();
      return refusal(RPC_CODES.invalid_session, INVALID_SESSION);
    }
    const known = watchable.run_id ?? null;
    if (watchable.exhausted) return { result: { status: 'up_to_date', task_id: known } };
    this.#gate.hold();
    const stream = named === undefined ? this.#streams.forSession() : this.#streams.forPast();
    stream.handle = watchable.watch(stream.encoder, stream.sink);
    return { result: { status: 'resumed', task_id: known } };
  }

  /** Never rejects. */
  async #find(): Promise<Found | undefined> {
    const { socket, door } = this.parts;
    const { session_id } = this;
    try {
      const ref = isSessionId(session_id)
        ? { tenant: socket.caller.tenant, conversation_id: conversationIdOf(session_id) }
        : undefined;
      const session = ref === undefined ? undefined : await door.find.execute(ref);
      if (ref !== undefined && session !== undefined) return { ref, tools: new ClientTools(session.client_tools) };
      const error = { code: RPC_CODES.invalid_session, message: INVALID_SESSION, data: null };
      socket.send(errorNotification(error, session_id));
      socket.close(POLICY_VIOLATION, INVALID_SESSION);
    } catch (error) {
      socket.fail(toParleyError(error));
    }
    return undefined;
  }
}

const BUSY = refusal(RPC_CODES.internal_error, 'Generation already in progress', { code: 'conflict', retryable: true });
const NOTHING_ACTIVE = refusal(RPC_CODES.no_active_generation, 'No active generation to cancel');

function unknownTask(): ParleyError {
  return invalidRequest([{ pointer: `${PARAMS}/task_id`, message: 'is not a task of this session' }]);
}

function rethrow(error: ParleyError): never {
  throw error;
}
