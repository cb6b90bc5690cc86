#!/usr/bin/env node
// Load client. Raw net sockets + a minimal HTTP/1.1 reader, so that the client costs little and shares core 0 with the mock.
//
//   node load.mjs --url http://127.0.0.1:8001/chat --body '{"model":"mock-200-0","message":"hi"}' --tokens 200
//                 --c 32 --d 8 [--warm 2] [--pid SUT_PID] [--header 'k: v']... [--mode http|ws|sio] [--nonstream]
//                 [--paced] [--ramp 1000] [--settle 2] [--mock http://127.0.0.1:9100] [--once]
//
// --then '/events?projection=chat': the answer to the first request names a resource in its Location header; the stream is
//            GET <location><then> on the same connection. Both requests are one. --watchers W: W connections read that stream.
// closed loop: C connections, each sends the next request as soon as the previous response ended.
// --paced: the model is mock-N-<interval>: every token carries '@'+10 digits (monotonic us at the mock's write):
//          reports mock->client delay per token (p50/p95/p99/p999); tokens are counted one by one in the window.
// --ramp R: opens at most R connections per second (before the warm-up starts).
// --once:   one request per connection (streams longer than the window), the window ends the run; then checks that
//           the server aborted its upstream streams (mock /__stats open -> 0).
// CPU: /proc/PID/task/*/schedstat (ns on CPU), summed over the process tree, over the window. RSS: sampled every 200 ms.
import net from 'node:net'; import fs from 'node:fs'; import http from 'node:http';

const A = process.argv.slice(2); const opt = {}; const headers = [];
for (let i = 0; i < A.length; i++) { const k = A[i].replace(/^--/, ''); const nx = A[i + 1]; if (nx === undefined || nx.startsWith('--')) opt[k] = true; else { i++; if (k === 'header') headers.push(nx); else opt[k] = nx; } }
const C = Math.min(+opt.c || 1, 8000), D = Math.min(+opt.d || 5, 120) * 1000, WARM = Math.min(+(opt.warm ?? 2), 60) * 1000;
const N = +opt.tokens || 0, PACED = !!opt.paced, ONCE = !!opt.once, MODE = opt.mode || 'http', RAMP = +opt.ramp || 2000, SETTLE = +(opt.settle ?? 0) * 1000;
const url = new URL(opt.url); if (!['127.0.0.1', 'localhost'].includes(url.hostname)) throw new Error('loopback only');
const body = String(opt.body ?? '{}').startsWith('@') ? fs.readFileSync(opt.body.slice(1), 'utf8') : String(opt.body ?? '{}');
const method = opt.method || 'POST';
const REQ = Buffer.from(`${method} ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\nAccept: text/event-stream, application/json\r\n${headers.map((h) => h + '\r\n').join('')}${method === 'GET' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`}\r\n${method === 'GET' ? '' : body}`);
const THEN = opt.then, WATCHERS = Math.min(+opt.watchers || 1, 64);
const followRequest = (path) => `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nAccept: text/event-stream\r\n${headers.map((h) => h + '\r\n').join('')}\r\n`;
const nowUs = () => { const t = process.hrtime(); return (t[0] % 10000) * 1e6 + t[1] / 1000; };

let phase = 0; // 0 ramp/warm, 1 window, 2 over
const ttft = [], total = []; let done = 0, errors = 0, bytes = 0, seen = 0, incomplete = 0, checked = 0, opened = 0, firstErr = null, reads = 0;
const HB = 20, HIST = new Uint32Array(1_000_000); // 20 us buckets up to 20 s
const AT = 0x40;
function scan(st, d, t) { // timestamps '@dddddddddd'
  let p = d.indexOf(AT); 
  while (p >= 0 && p + 11 <= d.length) {
    let v = 0, j = p + 1; const e = p + 11; for (; j < e; j++) { const c = d[j] - 48; if (c < 0 || c > 9) break; v = v * 10 + c; }
    if (j === e && v > st.last) { st.last = v; if (phase === 1) { seen++; const x = Math.max(0, t - v) / HB | 0; HIST[x > 999999 ? 999999 : x]++; } }
    p = d.indexOf(AT, j);
  }
}
const fail = (m) => { if (phase === 1) errors++; firstErr ??= String(m).slice(0, 300); };
class Conn {
  constructor(i, master) { this.i = i; this.k = 0; this.master = master; this.open(); this.others = []; if (THEN && !master) for (let w = 1; w < WATCHERS; w++) this.others.push(new Conn(i, this)); }
  open() {
    this.s = net.connect({ host: '127.0.0.1', port: +url.port, noDelay: true }); this.alive = true;
    this.s.on('connect', () => { opened++; if (!this.master) this.send(); });
    this.s.on('data', (d) => this.data(d));
    this.s.on('error', (e) => { if (phase < 2) this.err = e.message; });
    this.s.on('close', () => this.closed());
  }
  send() {
    if (phase === 2) return this.s.destroy();
    this.k++; this.t0 = performance.now(); this.first = 0; this.step = 0; this.reset(); this.s.write(REQ);
  }
  // the second request, on this connection and on those of the other watchers
  follow(path) { this.left = this.others.length + 1; for (const o of this.others) o.watch(path); this.watch(path); }
  watch(path) { if (this.master) this.k++; this.step = 1; this.reset(); this.s.write(followRequest(path)); }
  watched() { if (--this.left === 0) this.finish(true); }
  reset() {
    this.head = true; this.hb = null; this.status = 0; this.remain = -1; this.line = ''; this.mode = 0; this.last = 0; this.tail = ''; this.trailer = false;
    this.check = ((this.i + this.k) & 15) === 0; this.endSeen = false;
  }
  closed() {
    if (phase === 2) return; this.alive = false;
    if (!this.head && this.mode === 3) this.finish(); else { fail('closed: ' + (this.err || 'premature, status ' + this.status)); }
    if (this.master && this.step === 1) { this.step = 2; this.master.watched(); }
    if (phase < 2 && !ONCE) setTimeout(() => this.open(), 20);
  }
  data(d) {
    if (phase === 1) { bytes += d.length; reads++; }
    if (this.head) {
      if (this.hb) d = Buffer.concat([this.hb, d]);
      const h = d.indexOf('\r\n\r\n'); if (h < 0) { this.hb = d; return; } this.hb = null;
      const head = d.latin1Slice(0, h); this.status = +head.slice(9, 12); this.head = false;
      const cl = /\r\ncontent-length: *(\d+)/i.exec(head);
      if (/\r\ntransfer-encoding: *chunked/i.test(head)) { this.mode = 1; this.remain = 0; } else if (cl) { this.mode = 2; this.remain = +cl[1]; } else this.mode = 3;
      this.location = /\r\nlocation: *(\S+)/i.exec(head)?.[1];
      this.close = /\r\nconnection: *close/i.test(head);
      d = d.subarray(h + 4); if (this.mode === 2 && this.remain === 0) return this.finish();
      if (this.status >= 300) firstErr ??= head.slice(0, 80) + ' ' + d.toString('utf8', 0, 200);
      if (!d.length) return;
    }
    const t = nowUs();
    if (!this.first && N && d.indexOf('Zq0') >= 0) this.first = performance.now();
    if (PACED) scan(this, d, t);
    if (this.check && !this.endSeen) { if ((this.tail + d.latin1Slice(0, Math.min(8, d.length))).includes('ZqE') || d.indexOf('ZqE') >= 0) this.endSeen = true; this.tail = d.latin1Slice(Math.max(0, d.length - 8)); }
    if (this.mode === 1) this.chunked(d); else if (this.mode === 2) { this.remain -= d.length; if (this.remain <= 0) this.finish(); }
  }
  chunked(d) {
    let p = 0; const n = d.length;
    while (p < n) {
      if (this.remain > 0) { const k = Math.min(this.remain, n - p); this.remain -= k; p += k; continue; }
      // size line (or trailer end)
      let c, v = 0, got = this.line.length > 0; 
      if (!got && !this.trailer) { // fast path: the whole line is here
        let q = p; for (; q < n; q++) { c = d[q]; if (c === 13) break; v = v * 16 + (c <= 57 ? c - 48 : (c | 32) - 87); }
        if (q + 1 < n) { p = q + 2; if (v === 0) { this.trailer = true; continue; } this.remain = v + 2; continue; }
      }
      while (p < n) { c = d[p++]; this.line += String.fromCharCode(c); if (c === 10) break; }
      if (c === 10) { const l = this.line; this.line = ''; if (this.trailer) { if (l === '\r\n') { this.trailer = false; return this.finish(); } } else { v = parseInt(l, 16); if (v === 0) this.trailer = true; else this.remain = v + 2; } }
    }
  }
  finish(all = false) {
    if (THEN && !all) {
      if (this.step === 0 && this.status < 300 && this.location) return this.follow(this.location + THEN);
      if (this.step === 1 && phase === 1 && (this.status >= 300 || (this.check && N && !this.endSeen))) fail('a watcher got no end, status ' + this.status);
      if (this.step === 1) { this.step = 2; return (this.master ?? this).watched(); }
    }
    const t = performance.now();
    if (phase === 1) {
      if (this.status >= 200 && this.status < 300) { done++; total.push(t - this.t0); if (this.first) ttft.push(this.first - this.t0); if (this.check && N) { checked++; if (!this.endSeen) incomplete++; } } else fail('status ' + this.status);
    } else if (phase === 0 && this.status >= 300) firstErr ??= 'status ' + this.status;
    if (ONCE) return; if (this.mode === 3) return; // reopened by close
    if (this.close) { this.s.end(); return; }
    if (this.status >= 300) setTimeout(() => this.send(), 10); else this.send();
  }
  stop() { this.s?.destroy(); for (const o of this.others) o.stop(); }
}
// ---- WebSocket: send the body on open; a message holding "done" ends a turn. Socket.IO: emit('chat', body), events 'chunk' and 'done'.
let WS, IO;
class WsConn {
  constructor(i) { this.i = i; this.last = 0; this.s = new WS(opt.url, { perMessageDeflate: false, skipUTF8Validation: true }); this.s.on('open', () => { opened++; this.send(); }); this.s.on('error', (e) => fail(e.message)); this.s.on('close', () => { if (phase < 2) fail('ws closed'); });
    this.s.on('message', (d) => { if (phase === 1) { bytes += d.length; reads++; } if (PACED) scan(this, d, nowUs()); if (!this.first && d.indexOf('Zq0') >= 0) this.first = performance.now(); if (d.indexOf('"done"') >= 0) this.finish(); }); }
  send() { if (phase === 2) return; this.t0 = performance.now(); this.first = 0; this.last = 0; this.s.send(body); }
  finish() { if (phase === 1) { done++; total.push(performance.now() - this.t0); if (this.first) ttft.push(this.first - this.t0); } if (!ONCE) this.send(); }
  stop() { this.s.terminate(); }
}
class IoConn {
  constructor(i) { this.i = i; this.last = 0; this.obj = JSON.parse(body); this.s = IO(opt.url, { transports: ['websocket'], forceNew: true, reconnection: false }); this.s.on('connect', () => { opened++; this.send(); }); this.s.on('connect_error', (e) => fail(e.message));
    this.s.on('chunk', (x) => { const t = nowUs(); const d = typeof x === 'string' ? x : x.content; if (phase === 1) { bytes += d.length; reads++; } if (PACED) scan(this, Buffer.from(d), t); if (!this.first && d.includes('Zq0')) this.first = performance.now(); });
    this.s.on('done', () => this.finish()); }
  send() { if (phase === 2) return; this.t0 = performance.now(); this.first = 0; this.last = 0; this.s.emit('chat', this.obj); }
  finish() { if (phase === 1) { done++; total.push(performance.now() - this.t0); if (this.first) ttft.push(this.first - this.t0); } if (!ONCE) this.send(); }
  stop() { this.s.disconnect(); }
}

// ---- process accounting
function tree(pid) { const out = [pid]; for (let i = 0; i < out.length && i < 200; i++) { try { for (const t of fs.readdirSync(`/proc/${out[i]}/task`)) for (const c of fs.readFileSync(`/proc/${out[i]}/task/${t}/children`, 'utf8').split(' ')) if (+c) out.push(+c); } catch {} } return out; }
function cpuNs(pid) { let n = 0; for (const p of tree(pid)) try { for (const t of fs.readdirSync(`/proc/${p}/task`)) n += +fs.readFileSync(`/proc/${p}/task/${t}/schedstat`, 'utf8').split(' ')[0]; } catch {} return n; }
function cpuTicks(pid) { let n = 0; for (const p of tree(pid)) try { const f = fs.readFileSync(`/proc/${p}/stat`, 'utf8'); const a = f.slice(f.lastIndexOf(')') + 2).split(' '); n += +a[11] + +a[12]; } catch {} return n; }
function rssKb(pid) { let n = 0; for (const p of tree(pid)) try { n += +/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${p}/status`, 'utf8'))[1]; } catch {} return n; }
const PID = +opt.pid || 0;
const get = (u) => new Promise((ok) => { http.get(u, { agent: false }, (r) => { let s = ''; r.on('data', (d) => (s += d)); r.on('end', () => { try { ok(JSON.parse(s)); } catch { ok(null); } }); }).on('error', () => ok(null)); });
const sleep = (t) => new Promise((r) => setTimeout(r, t));
const pct = (a, q) => (a.length ? +a[Math.min(a.length - 1, Math.floor(q * a.length))].toFixed(2) : null);

if (MODE === 'ws') WS = (await import('ws')).WebSocket; if (MODE === 'sio') IO = (await import('socket.io-client')).io;
const K = MODE === 'ws' ? WsConn : MODE === 'sio' ? IoConn : Conn;
const base = PID ? rssKb(PID) : 0; const conns = []; const t00 = performance.now();
while (conns.length < C) { const want = Math.min(C, Math.ceil((performance.now() - t00) / 1000 * RAMP) + 1); while (conns.length < want) conns.push(new K(conns.length)); await sleep(2); }
await sleep(WARM + SETTLE);
const m0 = opt.mock ? await get(opt.mock + '/__stats') : null;
let peak = 0, sum = 0, samples = 0; const c0 = PID ? cpuNs(PID) : 0, k0 = PID ? cpuTicks(PID) : 0; const self0 = process.cpuUsage();
phase = 1; const w0 = performance.now();
const timer = PID ? setInterval(() => { const r = rssKb(PID); peak = Math.max(peak, r); sum += r; samples++; }, 200) : null;
await sleep(D);
phase = 2; const wall = (performance.now() - w0) / 1000; const cpu = PID ? (cpuNs(PID) - c0) / 1e9 : 0, ticks = PID ? (cpuTicks(PID) - k0) / 100 : 0; const self = process.cpuUsage(self0); clearInterval(timer);
const m1 = opt.mock ? await get(opt.mock + '/__stats') : null;
for (const c of conns) c.stop();
let openAfter = null; if (opt.mock && (ONCE || opt.abortcheck)) { for (let i = 0; i < 20; i++) { await sleep(250); openAfter = (await get(opt.mock + '/__stats'))?.open ?? null; if (openAfter === 0) break; } if (openAfter) await get(opt.mock + '/__kill'); }
ttft.sort((a, b) => a - b); total.sort((a, b) => a - b);
const tokens = PACED ? seen : done * N; const hp = (q) => { let n = 0; for (let i = 0; i < HIST.length; i++) { n += HIST[i]; if (n >= q * seen) return +(i * HB / 1000).toFixed(2); } return null; };
const r = { c: C, wall: +wall.toFixed(2), opened, requests: done, rps: +(done / wall).toFixed(1), tokens, tps: Math.round(tokens / wall), errors, checked, incomplete, bytesPerToken: tokens ? +(bytes / tokens).toFixed(1) : null, tokensPerRead: reads && tokens ? +(tokens / reads).toFixed(2) : null,
  ttft: { p50: pct(ttft, 0.5), p95: pct(ttft, 0.95), p99: pct(ttft, 0.99) }, total: { p50: pct(total, 0.5), p95: pct(total, 0.95), p99: pct(total, 0.99) },
  clientCpuPct: +((self.user + self.system) / 1e4 / wall).toFixed(1) };
if (PACED) r.delayMs = { p50: hp(0.5), p95: hp(0.95), p99: hp(0.99), p999: hp(0.999) };
if (PID) Object.assign(r, { cpuPct: +(cpu / wall * 100).toFixed(1), cpuTicksPct: +(ticks / wall * 100).toFixed(1), usPerToken: tokens ? +(cpu * 1e6 / tokens).toFixed(2) : null, usPerRequest: done ? +(cpu * 1e6 / done).toFixed(1) : null, rssBaseMb: +(base / 1024).toFixed(1), rssMeanMb: +(sum / samples / 1024).toFixed(1), rssPeakMb: +(peak / 1024).toFixed(1), kbPerStream: +((sum / samples - base) / C).toFixed(1) });
if (m0 && m1) { r.mockCpuPct = +((m1.cpuUs - m0.cpuUs) / 1e4 / wall).toFixed(1); r.mockTps = Math.round((m1.tokens - m0.tokens) / wall); r.mockOpen = m1.open; }
if (openAfter !== null) r.upstreamOpenAfterAbort = openAfter;
if (firstErr) r.firstErr = firstErr;
console.log(opt.pretty ? JSON.stringify(r, null, 1) : JSON.stringify(r));
process.exit(0);
