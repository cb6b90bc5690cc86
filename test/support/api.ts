import { setTimeout as pause } from 'node:timers/promises';
import { recordAnswer } from './scan/record.js';

/** How long a server may take for what it does in its own time, on a machine that does much else, ms. */
const PATIENCE_MS = 30_000;

/** An answer of the server, its body parsed. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Sends a request with a JSON body, or none. */
export async function api(
  url: string,
  method = 'GET',
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> {
  const json: { readonly body?: string } = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, { method, ...json, headers: { ...type, ...headers } });
  const text = await response.text();
  recordAnswer(url, text, json.body);
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

/** Asks until an answer is as wanted: for what a server comes to in its own time. Gives the last answer, also if it is not. */
export async function until<Answer>(
  ask: () => Promise<Answer> | Answer,
  holds: (answer: Answer) => boolean,
): Promise<Answer> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (holds(answer) || performance.now() > end) return answer;
    await pause(20);
  }
}

/** The status of a GET once it is as wanted, or the last one. */
export async function statusWhen(url: string, wanted: number): Promise<number> {
  return until(
    async () => (await api(url)).status,
    (status) => status === wanted,
  );
}

/** The conversation once it has a status, or as it is in the end: looks at it, and does not watch it. */
export async function conversationWhen(url: string, id: string, status: string): Promise<Record<string, unknown>> {
  return until(
    async () => (await api(`${url}/conversations/${id}`)).body,
    (body) => body['status'] === status,
  );
}

/** Starts a conversation and returns its id. */
export async function startConversation(url: string, body: Readonly<Record<string, unknown>>): Promise<string> {
  const answer = await api(`${url}/conversations`, 'POST', body);
  if (answer.status !== 202)
    throw new Error(`POST /conversations answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return String(answer.body['conversation_id']);
}

/** The conversation once nothing of it runs any more: waits on its event stream, not on a clock. */
export async function settled(url: string, id: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/conversations/${id}/events`, { headers: { accept: 'text/event-stream' } });
  await response.text();
  return (await api(`${url}/conversations/${id}`)).body;
}

/** All facts of a conversation's log, page by page. */
export async function allFacts(
  url: string,
  id: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>[]> {
  const facts: Record<string, unknown>[] = [];
  for (let after = '0'; ;) {
    const page = await api(`${url}/conversations/${id}/events?limit=1000&after=${after}`, 'GET', undefined, {
      ...headers,
      accept: 'application/json',
    });
    facts.push(...(page.body['events'] as Record<string, unknown>[]));
    if (page.body['has_more'] !== true) return facts;
    after = String(page.body['next_cursor']);
  }
}
