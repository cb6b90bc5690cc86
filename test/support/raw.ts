import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { recordAnswer } from './scan/record.js';

/** A request as it is to be sent: nothing of it is tidied up. */
export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  /** A list: the header is there so many times. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Parsed, if it is JSON. */
  readonly body: Record<string, unknown>;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** Sends a request with its path exactly as written. */
export function sendRaw(url: string, { method = 'GET', path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const fields = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value as string | string[]]));
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers: fields, agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.once('error', reject);
      response.once('end', () => {
        recordAnswer(url, text, `${path}${String(body ?? '')}`);
        const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
        const parsed = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** How long an answer may take to begin: it does not say how soon one is expected. */
const FIRST_BYTE_MS = 30_000;
/** Silence after which an answer whose connection stays open is taken for whole. */
const QUIET_MS = 500;

/** Writes bytes to a connection and gives all that came back until it was closed, or until nothing more came for a while. */
export function talk(url: string, parts: readonly (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    const done = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(FIRST_BYTE_MS, done);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      socket.setTimeout(QUIET_MS);
    });
    socket.once('close', done);
    socket.once('error', done);
    for (const part of parts) socket.write(part);
  });
}
