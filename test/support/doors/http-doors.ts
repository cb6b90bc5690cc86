import { api } from '../api.js';
import { Refused, type Ask, type Door, type Frame, type Item, type Json, type Place, type Target } from './door.js';
import type { DoorStream } from './door-stream.js';
import { openHttp, SseReader } from './http-stream.js';
import { canonicalItems, chatItems, textItems } from './items.js';

/** The agent that doors with agents ask. */
export const WORKER = 'worker';

function jsonFrames(itemsOf: (frame: Json) => readonly Item[]): SseReader {
  return new SseReader((data) => {
    const raw = JSON.parse(data) as Json;
    return { raw, items: itemsOf(raw) };
  });
}

/** GET /conversations/{id}/events in one of its projections. */
async function events(projection: string, target: Target, place: Place): Promise<DoorStream> {
  const { conversation_id, run_id, cursor } = place;
  const itemsOf = projection === 'canonical' ? canonicalItems : projection === 'chat' ? chatItems : textItems;
  const path = `/conversations/${conversation_id}/events?projection=${projection}&run_id=${run_id}`;
  const headers = cursor === undefined ? {} : { 'last-event-id': cursor };
  return openHttp(target, { path, headers }, jsonFrames(itemsOf));
}

export async function cancelByRest(
  { server, key }: Target,
  { conversation_id }: Pick<Place, 'conversation_id'>,
): Promise<void> {
  const url = `${server.url}/conversations/${conversation_id}/cancel`;
  const { status, body } = await api(url, 'POST', {}, { 'x-api-key': key });
  if (status !== 200) throw new Refused(status, body);
}

/** REST and server-sent events: conversations of agents with each other, and the log as it is. */
export const EVENTS: Door = {
  name: 'events',
  shows: ['text', 'tool_start', 'tool_end', 'discard', 'end', 'fact', 'delta'],
  async begin(target, { message, model = 'm', on_disconnect = 'continue' }) {
    const answer = await api(
      `${target.server.url}/conversations`,
      'POST',
      {
        agent_configs: ['Alice', 'Bob'].map((name) => ({ name, goal: 'to agree' })),
        scenario: message,
        model_name: model,
        max_turns: 2,
        action_order: 'round-robin',
        on_disconnect,
      },
      { 'x-api-key': target.key },
    );
    if (answer.status !== 202) throw new Refused(answer.status, answer.body);
    const { conversation_id, run_id } = answer.body as Record<string, string>;
    return events('canonical', target, { conversation_id: conversation_id ?? '', run_id: run_id ?? '' });
  },
  watch: (target, place) => events('canonical', target, place),
  cancel: cancelByRest,
};

export const EVENTS_CHAT: Door = {
  name: 'events-chat',
  shows: ['text', 'tool_start', 'tool_end', 'discard', 'end'],
  watch: (target, place) => events('chat', target, place),
  cancel: cancelByRest,
};

export const EVENTS_TEXT: Door = {
  name: 'events-text',
  shows: ['text', 'end'],
  watch: (target, place) => events('text', target, place),
  cancel: cancelByRest,
};

/** What is asked on every door that takes chats. */
export function chatBody({ message, model, on_disconnect = 'continue', conversation_id }: Ask): Json {
  return {
    message,
    agent_name: WORKER,
    on_disconnect,
    ...(model === undefined ? {} : { model }),
    ...(conversation_id === undefined ? { reset_history: true } : { conversation_id }),
  };
}

/** POST /chat/stream. What it began is taken up on another door. */
export const CHAT: Door = {
  name: 'chat',
  shows: ['text', 'tool_start', 'tool_end', 'discard', 'end'],
  begin: (target, ask) =>
    openHttp(target, { method: 'POST', path: '/chat/stream', body: chatBody(ask) }, jsonFrames(chatItems)),
};

/** POST /v1/chat/completions. */
export const OPENAI: Door = {
  name: 'openai',
  shows: ['text', 'end'],
  begin: (target, { message, model = `agent/${WORKER}`, on_disconnect = 'continue' }) => {
    const messages = [{ role: 'user', content: message }];
    const body = { model, messages, stream: true, on_disconnect };
    return openHttp(target, { method: 'POST', path: '/v1/chat/completions', body }, new SseReader(completionFrame));
  },
};

function completionFrame(data: string): Omit<Frame, 'cursor'> {
  if (data === '[DONE]') return { raw: data, items: [{ kind: 'end', outcome: 'completed' }] };
  const raw = JSON.parse(data) as Json;
  if (raw['error'] !== undefined) return { raw, items: [{ kind: 'end', outcome: 'failed' }] };
  const [choice] = raw['choices'] as { readonly delta?: { readonly content?: string } }[];
  const text = choice?.delta?.content ?? '';
  return { raw, items: text === '' ? [] : [{ kind: 'text', text }] };
}

const END_MARK = '[[END]]';
const BROKEN = /\n\n\[(The answer (?:failed|was cancelled)|The server is going away)/;

/** POST /chat/stream with a prompt: text, each HTTP chunk a frame, the end mark a chunk of its own. */
export const PROMPT: Door = {
  name: 'prompt',
  shows: ['text', 'end'],
  begin: (target, { message, model = 'm', on_disconnect = 'continue' }) =>
    openHttp(
      target,
      { method: 'POST', path: '/chat/stream', body: { prompt: message, model, on_disconnect } },
      {
        read(text, stream) {
          if (text !== END_MARK) {
            stream.push({ cursor: undefined, raw: text, items: [{ kind: 'text', text }] });
            return;
          }
          const broken = BROKEN.exec(stream.text())?.[1];
          const away = broken?.startsWith('The server') === true;
          const outcome = broken === undefined ? 'completed' : broken.endsWith('cancelled') ? 'cancelled' : 'failed';
          stream.push({ cursor: undefined, raw: text, items: [away ? { kind: 'away' } : { kind: 'end', outcome }] });
        },
      },
    ),
};
