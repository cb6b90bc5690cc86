import type { SseFrame } from './sse.js';

/** A frame of the streaming chat API. */
export interface ChatFrame extends Record<string, unknown> {
  readonly event_type: string;
  readonly content?: string;
}

/** A stream of it, read to its end. */
export interface ChatStream {
  readonly frames: readonly ChatFrame[];
  readonly sse: readonly SseFrame[];
  readonly response: Response;
  /** All text that was shown, joined. */
  readonly text: string;
}

/** Chats by POST /chat/stream: what a client of document 2 sees, the JSON of each `data:` line. */
export async function streamChat(
  url: string,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<ChatStream> {
  const response = await fetch(`${url}/chat/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const blocks = (await response.text()).split('\n\n').filter((block) => block.includes('data: '));
  const sse = blocks.map((block): SseFrame => {
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
    return { id: field('id'), data: field('data') };
  });
  const frames = sse.map(({ data }) => JSON.parse(data) as ChatFrame);
  return { frames, sse, response, text: frames.map(({ content }) => content ?? '').join('') };
}

/** The conversation that a chat was in. */
export function conversationOf({ response }: Pick<ChatStream, 'response'>): string {
  return response.headers.get('x-conversation-id') ?? '';
}
