import { createSession, SessionClient } from '../session-client.js';
import { Refused, type Door, type Item, type Json, type Outcome, type Place, type Target } from './door.js';
import { DoorStream } from './door-stream.js';
import { WORKER } from './http-doors.js';

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  Completed: 'completed',
  Cancelled: 'cancelled',
  Failed: 'failed',
};

/** The session whose conversation it is. */
export function sessionOf({ conversation_id }: Pick<Place, 'conversation_id'>): string {
  return conversation_id.replace(/^conv_/, 'sess_');
}

async function open({ server, key }: Target, session_id: string): Promise<SessionClient> {
  return SessionClient.open(server.url, session_id, { headers: { 'x-api-key': key } });
}

/** Sends a call; rejects with the code of its error. */
async function called(client: SessionClient, method: string, params: Json): Promise<Json> {
  const answer = await Promise.race([client.call(method, params), client.client.closed]);
  if ('result' in answer) return answer['result'] as Json;
  client.close();
  throw new Refused(codeOf('error' in answer ? answer['error'] : client.client.frames[0]?.['params']), answer);
}

/** Of an error, or of what has one. */
function codeOf(value: unknown): unknown {
  const { code, error } = value as { readonly code?: unknown; readonly error?: unknown };
  return error === undefined ? code : codeOf(error);
}

function sessionStream(
  client: SessionClient,
  ids: { readonly session_id: string; readonly run_id: string },
): DoorStream {
  const { ws } = client.client;
  const stream = new DoorStream({ drop: () => ws.terminate(), pause: () => ws.pause(), resume: () => ws.resume() });
  stream.conversation_id = ids.session_id.replace(/^sess_/, 'conv_');
  stream.run_id = ids.run_id;
  ws.on('ping', () => stream.sign());
  void client.client.closed.then(() => stream.stop('broken'));
  client.client.tap((frame) => {
    const { method } = frame;
    if (typeof method !== 'string') return;
    const params = frame['params'] as Json;
    const items = itemsOf(method, params);
    stream.push({ cursor: params['cursor'] as string | undefined, raw: frame, items });
    if (!items.some(({ kind }) => kind === 'end' || kind === 'away')) return;
    stream.stop('over');
    ws.terminate();
  });
  return stream;
}

function itemsOf(method: string, params: Json): Item[] {
  switch (method) {
    case 'text_chunk':
      return [{ kind: 'text', text: String(params['chunk']) }];
    case 'text_discarded':
      return [{ kind: 'discard', message_id: params['message_id'] }];
    case 'function_call_request':
      return [{ kind: 'tool_start', id: params['request_id'], arguments: params['parameters'] }];
    case 'end': {
      const outcome = OUTCOMES[String(params['status_message'])];
      const text = params['final_text'];
      // The other one says that the run waits.
      if (outcome === undefined) return [];
      return [{ kind: 'end', outcome, ...(typeof text === 'string' ? { text } : {}) }];
    }
    case 'error': {
      const { data } = params['error'] as { readonly data?: { readonly code?: unknown } | null };
      return data?.code === 'draining' ? [{ kind: 'away' }] : [];
    }
    default:
      throw new Error(`an unknown notification: ${method}`);
  }
}

/** `/ws/{session_id}`: JSON-RPC. A session is a conversation that only this door can begin runs in. */
export const JSON_RPC: Door = {
  name: 'jsonrpc',
  shows: ['text', 'discard', 'end'],
  async begin(target, { message, model }) {
    const session_id = await createSession(target.server.url, {}, { 'x-api-key': target.key });
    const client = await open(target, session_id);
    const asked = { message, agent_name: WORKER, ...(model === undefined ? {} : { model }) };
    const { task_id } = await called(client, 'generate', asked);
    return sessionStream(client, { session_id, run_id: String(task_id) });
  },
  async watch(target, place) {
    const session_id = sessionOf(place);
    const client = await open(target, session_id);
    const { run_id, cursor } = place;
    const { status } = await called(client, 'resume', {
      task_id: run_id,
      ...(cursor === undefined ? {} : { after: cursor }),
    });
    const stream = sessionStream(client, { session_id, run_id });
    if (status === 'up_to_date') {
      stream.stop('over');
      client.close();
    }
    return stream;
  },
  async cancel(target, place) {
    const client = await open(target, sessionOf(place));
    await called(client, 'cancel', {});
    client.close();
  },
};
