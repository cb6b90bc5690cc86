import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { recordAnswer } from '../scan/record.js';
import { SseParser } from '../sse.js';
import { Refused, type Frame, type Json, type Target } from './door.js';
import { DoorStream } from './door-stream.js';

/** What the cursor names is the end, and nothing runs. */
const NOTHING_LEFT = 204;

export interface HttpAsk {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes frames of what arrives. */
export interface FrameReader {
  read(text: string, stream: DoorStream): void;
}

/** Sends a request on a connection of its own and reads its answer as a stream. */
export async function openHttp({ server, key }: Target, ask: HttpAsk, reader: FrameReader): Promise<DoorStream> {
  const { method = 'GET', path, body, headers = {} } = ask;
  const json = body === undefined ? undefined : JSON.stringify(body);
  const sent = request(new URL(path, server.url), {
    method,
    agent: false,
    headers: {
      'x-api-key': key,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  });
  sent.end(json);
  const url = new URL(path, server.url).href;
  return new Promise((resolve, reject) => {
    sent.once('error', reject);
    // At once: what arrives before there is a listener would be one piece with what follows.
    sent.once('response', (response) => {
      if (response.statusCode === 200 || response.statusCode === NOTHING_LEFT) {
        resolve(
          streamOf(sent, response, (text, stream) => {
            recordAnswer(url, text, json);
            reader.read(text, stream);
          }),
        );
      } else refused(response, url).catch(reject);
    });
  });
}

function streamOf(sent: ClientRequest, response: IncomingMessage, read: FrameReader['read']): DoorStream {
  const stream = new DoorStream({
    drop: () => sent.destroy(),
    pause: () => response.pause(),
    resume: () => response.resume(),
  });
  stream.conversation_id = String(response.headers['x-conversation-id'] ?? '');
  stream.run_id = String(response.headers['x-run-id'] ?? '');
  response.setEncoding('utf8');
  response.on('data', (text: string) => read(text, stream));
  response.once('end', () => stream.stop('over'));
  response.on('error', () => stream.stop('broken'));
  response.once('close', () => stream.stop('broken'));
  return stream;
}

/** Frames of an event stream. */
export class SseReader implements FrameReader {
  readonly #parser = new SseParser();
  #comments = 0;

  /** @param shown undefined: no frame */
  constructor(private readonly shown: (data: string) => Omit<Frame, 'cursor'>) {}

  read(text: string, stream: DoorStream): void {
    let before = this.#parser.lastId;
    for (const { id, data } of this.#parser.push(text)) {
      const cursor = id === before ? undefined : id;
      before = id;
      stream.push({ cursor, ...this.shown(data) });
    }
    stream.told(this.#parser.retry);
    if (this.#parser.comments > this.#comments) {
      this.#comments = this.#parser.comments;
      stream.sign(this.#parser.lastId === '' ? undefined : this.#parser.lastId);
    }
  }
}

async function refused(response: IncomingMessage, url: string): Promise<never> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  recordAnswer(url, text);
  throw new Refused(response.statusCode, text.startsWith('{') ? JSON.parse(text) : text);
}
