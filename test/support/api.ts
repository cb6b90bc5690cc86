import { recordAnswer } from './scan/record.js';

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
