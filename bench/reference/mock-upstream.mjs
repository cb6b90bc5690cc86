#!/usr/bin/env node
// OpenAI-compatible mock upstream. Raw net sockets, prebuilt buffers: the cost per token is one copy + one write().
//
//   node mock-upstream.mjs [--port 9100] [--host 127.0.0.1]
//
// POST */chat/completions   (stream true|false, tools, stream_options.include_usage)
// GET  */models             GET /__stats        POST /__reset        GET /__kill (destroys the open streams)
//
// The model name is the control:  mock-<tokens>-<intervalMs>[-<opt>...]
//   mock-200-0            200 tokens as fast as possible, ONE SSE event per write()
//   mock-200-0-pack16     200 tokens as fast as possible, 16 SSE events per write()
//   mock-50-200           50 tokens, one every 200 ms (each token's content carries '@'+10 digits: the
//                         CLOCK_MONOTONIC microsecond at which it was written, so a client can compute the delay)
//   options: packK        K events per write          firstMs  (first400) delay before the first token
//            e429 | e500 | e401 | e503   answer with that status;   e429x2  = first 2 of every 3 requests fail
//            cut          destroy the socket after half of the tokens
//            bad          a malformed JSON chunk after half of the tokens, then go on
//            badend       a malformed JSON chunk after half of the tokens, then end
//            stall        stop sending after half of the tokens, keep the socket open (stall5000: go on after 5 s)
//            hang         accept the request, never answer
//            split        each event is written in two halves in separate ticks (tests the parser's buffering)
//            crlf         CRLF line ends            comment   a ':' comment line before each event
//            slim         small chunks (no id/created/fingerprint)   big   ~1 KB chunks
//            nodone       no [DONE]                 noend     no finish_reason chunk nor [DONE]
//            act          the tokens are a JSON action: {"action_type":"speak","argument":"Zq0 … ZqE","to":[]}
//            reason       the first half of the tokens as delta.reasoning_content
//            usage        send the usage chunk even when not asked
//            badutf8      an invalid UTF-8 byte in the middle token     emoji  one token is a 4-byte char split over two writes (with 'split')
//            dup          each tool call is sent twice with the same index (provider bug)
//   Tool calls: a marker in the LAST user message, while no tool message follows it:
//      [[tool:name {"a":1}]]   one call;  several markers = parallel calls;  [[toolbad:name {"a":]] = malformed arguments
//   The marker [[tools:K:name {...}]] makes K successive tool rounds (it counts the tool messages after the last user message).
import net from 'node:net';

const arg = (k, d) => { const i = process.argv.indexOf('--' + k); return i > 0 ? process.argv[i + 1] : d; };
const PORT = +arg('port', 9100), HOST = arg('host', '127.0.0.1');
const CRLF2 = Buffer.from('\r\n\r\n');
const conns = new Set();
const stats = { requests: 0, streams: 0, open: 0, maxOpen: 0, tokens: 0, writes: 0, errors: 0, aborted: 0, connections: 0 };
const VOCAB = [' the', ' model', ' answers', ' with', ' a', ' short', ' sentence', ',', ' then', '\n', ' "quoted"', ' café', ' 東京', ' 🙂', ' re', 'lay', ' of', ' tokens', ' over', ' SSE', '.', ' It', ' is', ' cheap', ' and', ' quick', ' to', ' read', '\n\n', '- item', ' \\', ' end'];
const OK_SSE = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\nx-request-id: req_mock\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n');
const END = Buffer.from('0\r\n\r\n');
const frame = (s) => { const b = Buffer.isBuffer(s) ? s : Buffer.from(s); return Buffer.concat([Buffer.from(b.length.toString(16) + '\r\n'), b, Buffer.from('\r\n')]); };
const models = new Map();

function spec(model) {
  let m = models.get(model); if (m) return m;
  const p = String(model).split('/').pop().split(':').pop().split('-'); // "openai/mock-1-0" and "openai:mock-1-0" are accepted
  const o = { n: +p[1] || 20, interval: +p[2] || 0, pack: 1, opts: {} };
  for (const x of p.slice(3)) { const r = /^([a-z]+)(\d*)(?:x(\d+))?$/.exec(x); if (r) { o.opts[r[1]] = r[2] === '' ? true : +r[2]; if (r[1] === 'e') o.failFirst = r[3] ? +r[3] : Infinity; } }
  if (o.opts.pack) o.pack = o.opts.pack;
  m = build(model, o); if (models.size < 5000) models.set(model, m); return m;
}
function build(model, o) {
  const nl = o.opts.crlf ? '\r\n' : '\n';
  const slim = o.opts.slim, big = o.opts.big ? ',"obfuscation":"' + 'x'.repeat(720) + '"' : '';
  const head = slim ? '{"object":"chat.completion.chunk",' : `{"id":"chatcmpl-mock00000000000000000001","object":"chat.completion.chunk","created":1760000000,"model":${JSON.stringify(model)},"service_tier":"default","system_fingerprint":"fp_mock00000",`;
  const ev = (choices, extra = '') => (o.opts.comment ? ':' + nl : '') + `data: ${head}"choices":${choices}${extra}${big}}` + nl + nl;
  const delta = (d, fin = 'null') => ev(`[{"index":0,"delta":${d},"logprobs":null,"finish_reason":${fin}}]`);
  const key = o.opts.reason ? (i) => (i < o.n / 2 ? 'reasoning_content' : 'content') : () => 'content';
  const plain = (i) => (o.n === 1 ? 'Zq0ZqE' : i === 0 ? 'Zq0' : i === o.n - 1 ? 'ZqE' : VOCAB[i % VOCAB.length]);
  // an agent's answer: a JSON object whose `argument` is the text, so every word is escaped once more
  const head_ = '{"action_type":"speak","argument":"', end_ = '","to":[]}', quoted = (w) => JSON.stringify(w).slice(1, -1);
  const act = (i, w) => (i === 0 ? head_ : '') + quoted(w) + (i === o.n - 1 ? end_ : '');
  const word = o.opts.act ? (i) => act(i, plain(i)) : plain;
  const first = frame(delta('{"role":"assistant","content":"","refusal":null}'));
  const toks = [];
  if (!o.interval) for (let i = 0; i < o.n; i++) toks.push(frame(delta(`{${JSON.stringify(key(i))}:${JSON.stringify(word(i))}}`)));
  // paced tokens: template with a patchable 10-digit timestamp
  const tmpl = (k, w, i) => { const s = w + '@0123456789', b = frame(delta(`{"${k}":${JSON.stringify(o.opts.act ? act(i, s) : s)}}`)); return { b, at: b.indexOf('@0123456789') + 1 }; };
  const t0 = tmpl(key(0), 'Zq0', 0), tm = tmpl('content', ' tok', -1), tr = tmpl('reasoning_content', ' tok', -1), te = tmpl('content', 'ZqE', o.n - 1);
  const fin = frame(delta('{}', '"stop"'));
  const usage = frame(ev('[]', `,"usage":{"prompt_tokens":12,"completion_tokens":${o.n},"total_tokens":${o.n + 12},"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}`));
  const done = frame('data: [DONE]' + nl + nl);
  const bad = frame('data: {"id":"chatcmpl-mock","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"con' + nl + nl);
  const badutf8 = frame(Buffer.concat([Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"x'), Buffer.from([0xff, 0xfe]), Buffer.from('y"},"finish_reason":null}]}' + nl + nl)]));
  const packs = [];
  if (!o.interval && o.pack > 1) for (let i = 0; i < o.n; i += o.pack) packs.push(Buffer.concat(toks.slice(i, i + o.pack)));
  const text = Array.from({ length: o.n }, (_, i) => word(i)).join('');
  return { ...o, model, delta, ev, first, toks, packs, t0, tm, tr, te, key, fin, usage, done, bad, badutf8, text, fails: 0 };
}
const nowUs = () => { const t = process.hrtime(); return (t[0] % 10000) * 1e6 + Math.floor(t[1] / 1000); };
function stamped(t) { const b = Buffer.from(t.b); let v = nowUs(); for (let i = t.at + 9; i >= t.at; i--) { b[i] = 48 + (v % 10); v = Math.floor(v / 10); } return b; }

// ---------- schedulers: one timer wheel for the paced streams, one setImmediate loop for the fast ones
const WHEEL = 8192, wheel = Array.from({ length: WHEEL }, () => []);
let wheelN = 0, wheelT = null, wheelAt = 0;
const ms = () => Math.floor(performance.now());
function later(st, delay) { const at = Math.max(ms() + delay, wheelAt + 1); st.due = at; wheel[at & (WHEEL - 1)].push(st); wheelN++; if (!wheelT) { wheelAt = ms(); wheelT = setInterval(tick, 1); } }
function tick() {
  const t = ms();
  for (; wheelAt < t;) {
    wheelAt++; const slot = wheel[wheelAt & (WHEEL - 1)]; if (!slot.length) continue;
    const l = slot.splice(0); for (const st of l) { wheelN--; if (st.due > wheelAt) { wheel[st.due & (WHEEL - 1)].push(st); wheelN++; } else if (!st.dead) step(st); }
  }
  if (!wheelN) { clearInterval(wheelT); wheelT = null; }
}
let fast = [], fastOn = false;
function runFast() { fastOn = false; const l = fast; fast = []; for (const st of l) if (!st.dead) step(st); if (fast.length) arm(); }
function arm() { if (!fastOn) { fastOn = true; setImmediate(runFast); } }
function again(st, ok) {
  if (st.m.interval) return later(st, Math.max(0, st.next - ms()));
  if (ok) { fast.push(st); arm(); } else { st.wait = true; }
}
function put(st, b) {
  stats.writes++;
  if (st.m.opts.split && b.length > 3) { const h = (b.length >> 1) + (st.i % 7) - 3; st.sock.write(b.subarray(0, h)); const rest = b.subarray(h); st.rest = rest; return st.sock.write(''); }
  return st.sock.write(b);
}
function step(st) {
  const { m, sock } = st; let ok = true;
  if (st.rest) { const r = st.rest; st.rest = null; ok = sock.write(r); return again(st, ok); }
  const half = m.n >> 1;
  if (st.tool) { // tool-call stream: a prebuilt list of frames
    const l = st.tool; if (st.i < l.length) { ok = put(st, l[st.i++]); st.next += m.interval; return again(st, ok); }
    return finish(st, true);
  }
  if (st.i === half && half > 0 && !st.hit) {
    const o = m.opts;
    if (o.cut) { st.hit = true; sock.destroy(); return end(st); }
    if (o.stall) { st.hit = true; if (o.stall !== true) { st.next += o.stall; return later(st, o.stall); } return; }
    if (o.bad || o.badend) { st.hit = true; put(st, m.bad); if (o.badend) { sock.write(END); return end(st); } }
    if (o.badutf8) { st.hit = true; put(st, m.badutf8); }
  }
  if (st.i < m.n) {
    if (m.interval) {
      const k = Math.min(m.pack, m.n - st.i);
      for (let j = 0; j < k; j++) { const i = st.i++; ok = put(st, stamped(i === 0 ? m.t0 : i === m.n - 1 ? m.te : m.opts.reason && i < half ? m.tr : m.tm)); stats.tokens++; }
      st.next += m.interval * k;
    } else if (m.pack > 1) { const q = m.packs[st.i / m.pack | 0]; const k = Math.min(m.pack, m.n - st.i); ok = put(st, q); st.i += k; stats.tokens += k; }
    else { ok = put(st, m.toks[st.i++]); stats.tokens++; }
    return again(st, ok);
  }
  finish(st, false);
}
function finish(st, tool) {
  const { m, sock } = st; const parts = [];
  if (!m.opts.noend) { if (!tool) parts.push(m.fin); if (st.usage) parts.push(m.usage); if (!m.opts.nodone) parts.push(m.done); }
  parts.push(END); sock.write(Buffer.concat(parts)); stats.writes++; end(st);
}
function end(st) { if (st.dead) return; st.dead = true; stats.open--; st.conn.cur = null; st.conn.next(); }

// ---------- requests
function json(sock, code, obj, headers = '') { const b = JSON.stringify(obj); sock.write(`HTTP/1.1 ${code} X\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(b)}\r\nConnection: keep-alive\r\n\r\n${b}`); }
const textOf = (c) => (typeof c === 'string' ? c : Array.isArray(c) ? c.map((p) => p?.text ?? '').join('') : '');
function toolCalls(body) {
  const ms_ = body.messages || []; let u = ms_.length - 1; while (u >= 0 && ms_[u].role !== 'user') u--;
  if (u < 0) return null;
  const s = textOf(ms_[u].content), answered = ms_.slice(u + 1).filter((x) => x.role === 'tool').length;
  const out = []; const re = /\[\[tool(bad|s:(\d+))?:([\w.-]+)\s*(.*?)\]\]/gs; let r;
  while ((r = re.exec(s))) { if (r[2]) { if (answered < +r[2]) out.push({ name: r[3], args: r[4] || '{}' }); } else if (!answered) out.push({ name: r[3], args: r[4] || '{}' }); }
  return out.length ? out : null;
}
function handle(conn, method, path, raw) {
  const { sock } = conn; stats.requests++;
  if (method === 'GET' && path.endsWith('/models')) { json(sock, 200, { object: 'list', data: [{ id: 'mock-20-0', object: 'model', created: 1, owned_by: 'mock' }] }); return conn.next(); }
  if (path === '/__stats') { const c = process.cpuUsage(); json(sock, 200, { ...stats, cpuUs: c.user + c.system, rss: process.memoryUsage.rss() }); return conn.next(); }
  if (path === '/__reset') { for (const k in stats) if (k !== 'open' && k !== 'connections') stats[k] = 0; for (const m of models.values()) m.fails = 0; json(sock, 200, {}); return conn.next(); }
  if (path === '/__kill') { let n = 0; for (const c of conns) if (c.cur) { n++; c.sock.destroy(); } json(sock, 200, { killed: n }); return conn.next(); }
  if (!path.includes('/chat/completions')) { json(sock, 404, { error: { message: 'no such route ' + path, type: 'invalid_request_error' } }); return conn.next(); }
  let body; try { body = JSON.parse(raw); } catch { json(sock, 400, { error: { message: 'bad json', type: 'invalid_request_error' } }); return conn.next(); }
  const m = spec(body.model ?? 'mock-20-0');
  if (m.opts.e) {
    m.fails++; const period = m.failFirst === Infinity ? 0 : m.failFirst + 1;
    if (!period || (m.fails - 1) % period < m.failFirst) { stats.errors++; json(sock, m.opts.e, { error: { message: `mock fault ${m.opts.e}`, type: m.opts.e === 429 ? 'rate_limit_exceeded' : 'server_error', code: String(m.opts.e) } }, m.opts.e === 429 ? 'Retry-After: 1\r\n' : ''); return conn.next(); }
  }
  if (m.opts.hang) return;
  const calls = toolCalls(body);
  const usage = { prompt_tokens: 12, completion_tokens: m.n, total_tokens: m.n + 12 };
  if (!body.stream) {
    const message = calls ? { role: 'assistant', content: null, tool_calls: calls.map((c, i) => ({ id: `call_mock_${stats.requests}_${i}`, type: 'function', function: { name: c.name, arguments: c.args } })) } : { role: 'assistant', content: m.text, refusal: null };
    const reply = () => { json(sock, 200, { id: 'chatcmpl-mock', object: 'chat.completion', created: 1760000000, model: m.model, choices: [{ index: 0, message, logprobs: null, finish_reason: calls ? 'tool_calls' : 'stop' }], usage }); conn.next(); };
    if (m.interval) setTimeout(reply, m.interval * m.n); else reply();
    return;
  }
  const st = { m, sock, conn, i: 0, next: ms() + m.interval, dead: false, usage: m.opts.usage || body.stream_options?.include_usage, rest: null, tool: null, hit: false };
  conn.cur = st; stats.streams++; stats.open++; if (stats.open > stats.maxOpen) stats.maxOpen = stats.open;
  if (calls) {
    const l = []; calls.forEach((c, i) => {
      const id = `call_mock_${stats.requests}_${i}`;
      for (let d = 0; d < (m.opts.dup ? 2 : 1); d++) {
        l.push(frame(m.delta(`{"tool_calls":[{"index":${i},"id":"${id}","type":"function","function":{"name":${JSON.stringify(c.name)},"arguments":""}}]}`)));
        for (let k = 0; k < c.args.length; k += 8) l.push(frame(m.delta(`{"tool_calls":[{"index":${i},"function":{"arguments":${JSON.stringify(c.args.slice(k, k + 8))}}}]}`)));
      }
    });
    l.push(frame(m.delta('{}', '"tool_calls"'))); st.tool = l;
  }
  sock.write(Buffer.concat([OK_SSE, m.first]));
  if (m.opts.first) { st.next = ms() + m.opts.first; later(st, m.opts.first); }
  else if (m.interval) later(st, m.interval); else { fast.push(st); arm(); }
}
const server = net.createServer({ noDelay: true }, (sock) => {
  stats.connections++;
  let buf = null, busy = false;
  const conn = { sock, cur: null, next() { busy = false; if (buf?.length) parse(); } };
  conns.add(conn);
  const parse = () => {
    if (busy || !buf) return;
    const h = buf.indexOf(CRLF2); if (h < 0) return;
    const head = buf.latin1Slice(0, h), sp = head.indexOf(' '), method = head.slice(0, sp), path = head.slice(sp + 1, head.indexOf(' ', sp + 1));
    let body, used;
    const cl = /\r\ncontent-length:\s*(\d+)/i.exec(head);
    if (cl) { used = h + 4 + +cl[1]; if (buf.length < used) return; body = buf.utf8Slice(h + 4, used); }
    else if (/\r\ntransfer-encoding:\s*chunked/i.test(head)) {
      let p = h + 4; const parts = [];
      for (;;) { const e = buf.indexOf('\r\n', p); if (e < 0) return; const n = parseInt(buf.latin1Slice(p, e), 16); if (buf.length < e + 4 + n) return; if (!n) { p = e + 4; break; } parts.push(buf.subarray(e + 2, e + 2 + n)); p = e + 4 + n; }
      used = p; body = Buffer.concat(parts).toString();
    } else { used = h + 4; body = ''; }
    buf = used === buf.length ? null : buf.subarray(used); busy = true; handle(conn, method, path.split('?')[0], body);
  };
  sock.on('data', (d) => { buf = buf ? Buffer.concat([buf, d]) : d; parse(); });
  sock.on('drain', () => { const st = conn.cur; if (st?.wait) { st.wait = false; if (!st.dead) { fast.push(st); arm(); } } });
  const gone = () => { conns.delete(conn); const st = conn.cur; if (st && !st.dead) { st.dead = true; stats.open--; stats.aborted++; conn.cur = null; } };
  sock.on('error', gone); sock.on('close', gone);
});
server.listen({ port: PORT, host: HOST, backlog: 4096 }, () => console.log(`mock upstream on http://${HOST}:${PORT} pid ${process.pid}`));
process.on('SIGTERM', () => process.exit(0));
