// CPU of our stream parser against the openai SDK's stream iterator, both on bytes in memory: upstream reads in, text out.
// node bench/provider-stream.mjs [tokens a stream, 200] [streams a round, 100] [rounds, 15]
import { Stream } from 'openai/core/streaming';
// oxlint-disable-next-line import/no-unassigned-import -- registers the loader of the sources
import './load-source.mjs';

const { AnswerReader } = await import('../src/providers/openai-compatible/answer-reader.ts');
const { streamProvider } = await import('../src/library/agent/stream-model.ts');
const { SseDecoder } = await import('../src/providers/shared/sse-decoder.ts');

const [TOKENS = 200, STREAMS = 100, ROUNDS = 15] = process.argv.slice(2).map(Number);
const WORDS = [
  ' the',
  ' model',
  ' answers',
  ',',
  '\n',
  ' "quoted"',
  ' café',
  ' 東京',
  ' re',
  'lay',
  ' of',
  ' tokens',
  '.',
];

/** One stream as OpenAI sends it; `padded` with the random field at the end of each chunk. */
function chunks(padded) {
  const head = {
    id: 'chatcmpl-C9x7Qm2kZ5',
    object: 'chat.completion.chunk',
    created: 1760000000,
    model: 'gpt-4o-mini',
  };
  const chunk = (delta, finish = null, usage = null, i = 0) => ({
    ...head,
    service_tier: 'default',
    system_fingerprint: 'fp_560af6e559',
    choices: usage ? [] : [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    usage,
    ...(padded ? { obfuscation: 'aZ3kQ9xR2m'.slice(0, (i % 9) + 1) } : {}),
  });
  const all = [chunk({ role: 'assistant', content: '', refusal: null })];
  for (let i = 0; i < TOKENS; i++) all.push(chunk({ content: WORDS[i % WORDS.length] }, null, null, i));
  all.push(
    chunk({}, 'stop'),
    chunk({}, null, { prompt_tokens: 9, completion_tokens: TOKENS, total_tokens: TOKENS + 9 }),
  );
  return [...all.map((data) => `data: ${JSON.stringify(data)}\n\n`), 'data: [DONE]\n\n'];
}

function reads(events, perRead) {
  const out = [];
  for (let i = 0; i < events.length; i += perRead) out.push(Buffer.from(events.slice(i, i + perRead).join('')));
  return out;
}

function ours(parts) {
  let text = '';
  const emit = (delta) => {
    text += delta.text;
  };
  const reader = new AnswerReader({ emit, maxAnswer: 2 ** 23, newCallId: () => 'x' });
  const decoder = new SseDecoder(reader, 2 ** 20);
  for (const part of parts) {
    decoder.push(part);
    reader.flush();
  }
  if (reader.conclude().type !== 'done') throw new Error('not done');
  return text;
}

/** The same through `parley/agent`: typed events with the message so far, by async iteration. */
async function library(parts) {
  const provider = {
    name: 'memory',
    health: () => ({ healthy: true }),
    stream: async (_request, onDelta) => {
      const reader = new AnswerReader({ emit: onDelta, maxAnswer: 2 ** 23, newCallId: () => 'x' });
      const decoder = new SseDecoder(reader, 2 ** 20);
      for (const part of parts) {
        decoder.push(part);
        reader.flush();
        // As the socket does: the reader of the events has its turn between two reads.
        await Promise.resolve();
      }
      return reader.conclude();
    },
  };
  let text = '';
  for await (const event of streamProvider(provider)({ id: 'm' }, { messages: [] }, {})) {
    if (event.type === 'text_delta') text += event.delta;
  }
  return text;
}

async function sdk(parts) {
  let text = '';
  const body = new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
  for await (const chunk of Stream.fromSSEResponse(new Response(body), new AbortController())) {
    text += chunk.choices[0]?.delta.content ?? '';
  }
  return text;
}

async function cpu(run, parts) {
  const before = process.cpuUsage();
  let length = 0;
  for (let i = 0; i < STREAMS; i++) length += (await run(parts)).length;
  const { user, system } = process.cpuUsage(before);
  return { length, perToken: (user + system) / STREAMS / TOKENS };
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

const OURS = { 'the parser': ours, 'parley/agent': library };

for (const padded of [false, true]) {
  for (const perRead of [1, 8]) {
    const parts = reads(chunks(padded), perRead);
    for (const [name, run] of Object.entries(OURS)) {
      const { mine, theirs, ratio } = await compare(run, parts);
      console.log(
        `${padded ? 'padded' : 'plain '} ${perRead} event(s) a read: ${name} ${mine.toFixed(3)} µs/token, ` +
          `openai SDK ${theirs.toFixed(3)} µs/token, ${ratio.toFixed(1)} times cheaper`,
      );
    }
  }
}

async function compare(run, parts) {
  const rows = [];
  for (let round = 0; round < ROUNDS + 3; round++) {
    const [first, second] = round % 2 ? [run, sdk] : [sdk, run];
    const a = await cpu(first, parts);
    const b = await cpu(second, parts);
    if (a.length !== b.length) throw new Error('texts differ');
    const [mine, theirs] = round % 2 ? [a, b] : [b, a];
    if (round >= 3) rows.push({ mine: mine.perToken, theirs: theirs.perToken, ratio: theirs.perToken / mine.perToken });
  }
  const [mine, theirs, ratio] = ['mine', 'theirs', 'ratio'].map((key) => median(rows.map((row) => row[key])));
  return { mine, theirs, ratio };
}
