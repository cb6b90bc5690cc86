import { api } from './api.js';
import { WsClient } from './ws-client.js';

type Json = Record<string, unknown>;

/** A client of `/ws/{session_id}`, as its documentation describes it: calls with ids, and notifications in between. */
export class SessionClient {
  #id = 0;

  private constructor(readonly client: WsClient) {}

  static async open(
    url: string,
    session_id: string,
    options: Parameters<typeof WsClient.open>[2] = {},
  ): Promise<SessionClient> {
    return new SessionClient(await WsClient.open(url, `/ws/${session_id}`, options));
  }

  /** Sends a call and waits for what answers it. What comes before is kept for `next`. */
  async call(method: string, params?: Json): Promise<Json> {
    const id = `c${++this.#id}`;
    const answered = this.answer(id);
    this.client.send({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
    return answered;
  }

  /** The answer with an id; the frames before it stay to be read. */
  async answer(id: unknown): Promise<Json> {
    for (let at = this.client.frames.length; ;) {
      const found = this.client.frames.slice(at).find((frame) => frame['id'] === id && frame['method'] === undefined);
      if (found !== undefined) return found;
      await this.client.arrival();
    }
  }

  /** The parameters of the next notification of a method; others before it are passed over. */
  async next(method: string): Promise<Json> {
    return (await this.client.next((frame) => frame['method'] === method))['params'] as Json;
  }

  /** All text until the next `end`, and that. */
  async untilEnd(): Promise<{ readonly text: string; readonly end: Json; readonly methods: readonly string[] }> {
    let text = '';
    const methods: string[] = [];
    for (;;) {
      const frame = await this.client.next((one) => one['method'] !== undefined);
      const params = frame['params'] as Json;
      methods.push(String(frame['method']));
      if (frame['method'] === 'text_chunk') text += String(params['chunk']);
      if (frame['method'] === 'end') return { text, end: params, methods };
    }
  }

  close(): void {
    this.client.ws.terminate();
  }
}

/** Makes a session and returns its id. */
export async function createSession(
  url: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const made = await api(`${url}/create_session`, 'POST', body, headers);
  if (made.status !== 200)
    throw new Error(`POST /create_session answered ${made.status}: ${JSON.stringify(made.body)}`);
  return String(made.body['session_id']);
}
