import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const row = (what, figure, unit, goal) => ({ what, figure, unit, goal, detail: '' });
const versus = (what, pair, goal) => ({
  ...row(what, pair.ratio, '× bare', goal),
  detail: `${pair.parley_us} against ${pair.bare_us} µs`,
});

/** The rows of every scenario; goals are those of PERFORMANCE.md: a figure up to it is good. */
const ROWS = {
  start: (r) => [
    { ...row('start to ready', r.ready_ms, 'ms', 1500), detail: `${r.cpu_ms} ms CPU` },
    row('memory at rest', r.rest_mib, 'MiB', 120),
  ],
  doors: (r) => [
    versus('/chat/stream, 200 tokens: CPU a token', r.chat_per_token_200, 1.2),
    versus('/chat/stream, one token: CPU a request', r.chat_per_short_request, 3),
    versus('/v1 stream, 200 tokens: CPU a token', r.v1_per_token_200, 1.2),
    versus('/v1 stream, one token: CPU a request', r.v1_per_short_request, 3),
  ],
  flat: (r) => [
    versus('flat out, 200 tokens: CPU a token', r.per_token_200, 1.2),
    versus('flat out, 2000 tokens: CPU a token', r.per_token_2000, 1.2),
    versus('flat out: CPU of a further token (slope)', r.slope, 1.2),
    {
      ...row('flat out: CPU of a stream beside its tokens', r.fixed.parley_us, 'µs'),
      detail: `bare ${r.fixed.bare_us} µs`,
    },
  ],
  paced: (r) => [
    versus('paced, a token every 40 ms: CPU a token', r, 1.2),
    { ...row('paced: delay of a token, p99', r.delay_p99_ms.parley, 'ms'), detail: `bare ${r.delay_p99_ms.bare} ms` },
  ],
  short: (r) => [versus('short: CPU a request', r, 3)],
  slow: (r) => [
    {
      ...row(`${r.streams} slow chats: memory of each`, r.parley.kib_per_stream, 'KiB'),
      detail: `${r.parley.rest_mib} MiB before, ${r.parley.peak_mib} MiB at most; bare ${r.bare.kib_per_stream} KiB`,
    },
    {
      ...row(`${r.streams} slow chats: delay of a token, p99`, r.parley.delay_ms.p99, 'ms'),
      detail: `p50 ${r.parley.delay_ms.p50} ms; bare p50 ${r.bare.delay_ms.p50} ms, p99 ${r.bare.delay_ms.p99} ms`,
    },
    {
      ...row(`${r.streams} slow chats: CPU of a core`, r.parley.cpu_percent, '%'),
      detail: `${r.parley.us_per_token} µs a token; bare ${r.bare.us_per_token} µs`,
    },
  ],
  turns: (r) => [
    {
      ...row('turns: CPU a turn (two answers)', r.cpu_ms_per_turn, 'ms', 1.5),
      detail: `${r.cpu_ms_per_answer} ms an answer`,
    },
    { ...row('turns: conversations a second', r.per_second, '/s'), detail: `${r.conversations} at once` },
    row('turns: peak memory', r.peak_mib, 'MiB', 300),
    row('turns: failures', r.failures, '', 0),
  ],
  stalled: stalledRows,
  watchers: (r) => [
    watcher('a further watcher, flat out: CPU a token', r.flat),
    watcher('a further watcher, a token every 10 ms', r.paced),
  ],
};

const eachP99 = (side, phase) => side.each.map((one) => one[phase].p99_ms).join(', ');

/** The readers' cost is beyond what the same runs cost without them. */
function stalledRows({ readers, without, with: stalled }) {
  const delay = (phase, when) => ({
    ...row(
      `${readers} stalled readers, ${when}: p99`,
      Number((stalled[phase].p99_ms / without[phase].p99_ms).toFixed(2)),
      '×',
      1.1,
    ),
    detail: `p99 ${stalled[phase].p99_ms} (${eachP99(stalled, phase)}) against ${without[phase].p99_ms} (${eachP99(without, phase)}) ms; p50 ${stalled[phase].p50_ms} against ${without[phase].p50_ms} ms`,
  });
  return [
    {
      ...row(`${readers} stalled readers: memory`, Math.round(stalled.mib - without.mib), 'MiB', 512),
      detail: `${stalled.mib} MiB with, ${without.mib} MiB without`,
    },
    delay('all', 'in all'),
    delay('full', 'sockets full'),
  ];
}

function watcher(what, { ratio, first_us, further_us }) {
  return { ...row(what, ratio, '× first', 0.5), detail: `first ${first_us} µs, further ${further_us} µs` };
}

function line({ what, figure, unit, goal, detail }) {
  const verdict = goal === undefined ? '' : figure <= goal ? `ok (≤ ${goal})` : `OVER (≤ ${goal})`;
  return `${what.padEnd(44)} ${`${figure} ${unit}`.padEnd(14)} ${verdict.padEnd(15)} ${detail}`.trimEnd();
}

/** The table of what was measured. */
export function table(results) {
  return Object.entries(results)
    .flatMap(([scenario, result]) => ROWS[scenario](result))
    .map(line)
    .join('\n');
}

/** Writes the results, all single measurements included, to latest.json. @returns the file */
export function writeResults(folder, content) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'latest.json');
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  return file;
}
