// CPU of our provider over HTTP against the bare reference (undici dispatch + DeltaParser) in one process each way.
// node bench/provider-http.mjs <upstream base> [path of reference/common.mjs] [rounds, 9]
// The upstream is bench/reference/mock-upstream.mjs: mock-200-0 flat out, mock-50-40 paced, mock-1-0 short.
import { Agent } from 'undici';
// oxlint-disable-next-line import/no-unassigned-import -- registers the loader of the sources
import './load-source.mjs';

const { OpenAiCompatibleProvider } = await import('../src/providers/openai-compatible/openai-compatible-provider.ts');
const { openAiEndpoint } = await import('../src/providers/openai-compatible/endpoint.ts');
const { createUpstreamAgent } = await import('../src/providers/shared/upstream-agent.ts');
const { SystemClock } = await import('../src/runtime/system-clock.ts');

const [base = 'http://127.0.0.1:9100/v1', common = './reference/common.mjs', rounds = '9'] = process.argv.slice(2);
const { DeltaParser } = await import(common);
const url = new URL(base);
const messages = [{ role: 'user', content: 'hello' }];
const bareAgent = new Agent({
  connections: null,
  pipelining: 1,
  bodyTimeout: 0,
  headersTimeout: 60_000,
  allowH2: false,
});
const deps = { clock: new SystemClock(), random: Math.random, dispatcher: createUpstreamAgent() };

function bare(model) {
  return () =>
    new Promise((resolve, reject) => {
      let text = '';
      const body = JSON.stringify({ model, stream: true, stream_options: { include_usage: true }, messages });
      const parser = new DeltaParser(
        (t, plain) => (text += plain ? t : t),
        () => undefined,
      );
      const headers = { 'content-type': 'application/json', authorization: 'Bearer x' };
      bareAgent.dispatch(
        { origin: url.origin, path: `${url.pathname}/chat/completions`, method: 'POST', headers, body },
        {
          onRequestStart() {},
          onResponseStart() {},
          onResponseData(_c, part) {
            parser.push(part);
          },
          onResponseEnd() {
            resolve(text.length);
          },
          onResponseError(_c, error) {
            reject(error);
          },
        },
      );
    });
}

function ours(model) {
  const options = { name: 'm', upstream_id: model, endpoint: openAiEndpoint({ base, key: 'x' }) };
  const provider = new OpenAiCompatibleProvider(options, deps);
  return async () => {
    let text = '';
    const end = await provider.stream(
      { messages },
      (delta) => {
        text += delta.text;
      },
      new AbortController().signal,
    );
    if (end.type !== 'done') throw new Error(JSON.stringify(end));
    return text.length;
  };
}

async function cpu(call, { streams, atOnce }) {
  const before = process.cpuUsage();
  let left = streams;
  const worker = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / streams;
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const CASES = [
  { what: 'flat out, µs a token', model: 'mock-200-0', tokens: 200, load: { streams: 200, atOnce: 32 } },
  { what: 'packed, µs a token', model: 'mock-200-0-pack16', tokens: 200, load: { streams: 200, atOnce: 32 } },
  { what: 'paced, µs a token', model: 'mock-50-40', tokens: 50, load: { streams: 200, atOnce: 200 } },
  { what: 'short, µs a request', model: 'mock-1-0', tokens: 1, load: { streams: 1000, atOnce: 16 } },
];
for (const { what, model, tokens, load } of CASES) {
  const rows = [];
  const [a, b] = [ours(model), bare(model)];
  for (let i = 0; i < Number(rounds) + 2; i++) {
    const first = await cpu(i % 2 ? a : b, load);
    const second = await cpu(i % 2 ? b : a, load);
    if (i >= 2) rows.push(i % 2 ? [first, second] : [second, first]);
  }
  const [mine, reference] = [0, 1].map((k) => median(rows.map((row) => row[k])) / tokens);
  const ratio = median(rows.map(([x, y]) => x / y));
  console.log(`${what}: ours ${mine.toFixed(2)}, bare ${reference.toFixed(2)}, ratio ${ratio.toFixed(2)}`);
}
process.exit(0);
