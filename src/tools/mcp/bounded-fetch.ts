/** Bytes of one answer, or of one line of an event stream. The SDK's bound for processes is the same. */
const MAX_BYTES = 10 * 1024 * 1024;

const LINE_FEED = 0x0a;

/** `fetch` for an MCP server, whose answers end in an error where they would not fit into memory. */
export async function boundedFetch(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  // The SDK looks at a redirect as it is, and never reads its body.
  if (response.body === null || !response.ok) return response;
  const { status, statusText, headers } = response;
  const lines = headers.get('content-type')?.includes('text/event-stream') === true;
  return new Response(response.body.pipeThrough(bound(lines)), { status, statusText, headers });
}

function bound(lines: boolean): TransformStream<Uint8Array, Uint8Array> {
  let held = 0;
  return new TransformStream({
    transform(chunk, controller) {
      const end = lines ? chunk.lastIndexOf(LINE_FEED) : -1;
      held = end === -1 ? held + chunk.length : chunk.length - end - 1;
      if (held > MAX_BYTES) controller.error(new Error(`the answer is larger than ${MAX_BYTES} bytes`));
      else controller.enqueue(chunk);
    },
  });
}
