import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'undici';
import { countCpu, peakMemoryMiB } from '../lib/process-stats.mjs';
import { MODELS } from '../lib/servers.mjs';
import { median, round } from '../lib/statistics.mjs';

const TURNS = 10;
const AGENTS = ['Ann', 'Ben'];
const GIVE_UP_MS = 120_000;

const BODY = JSON.stringify({
  agent_configs: AGENTS.map((name) => ({ name, goal: `What ${name} wants.` })),
  scenario: 'Two colleagues plan their week',
  model_name: MODELS.turn,
  max_turns: TURNS,
  enable_evaluation: false,
});

/**
 * Conversations of 2 agents × 10 turns, all begun at once, nobody watching; an answer takes its upstream 20 ms. Both
 * agents act in every turn, so a turn is two model calls. On a server of its own, so that its peak memory is theirs.
 */
export async function measureTurns({ parley, options }) {
  const conversations = options.quick ? 50 : 200;
  await runRound(parley, Math.min(conversations, 100));
  const rounds = [];
  for (let i = 0; i < options.pairs; i++) rounds.push(await runRound(parley, conversations));
  const middle = (of, digits) => round(median(rounds.map(of)), digits);
  return {
    conversations,
    per_second: middle((r) => r.conversations / r.wallSeconds, 1),
    cpu_ms_per_turn: middle((r) => r.cpuMs / (r.conversations * TURNS), 3),
    cpu_ms_per_answer: middle((r) => r.cpuMs / (r.conversations * TURNS * AGENTS.length), 3),
    peak_mib: round(peakMemoryMiB(parley.pid), 0),
    failures: rounds.reduce((sum, r) => sum + r.failures, 0),
    threads_ms: rounds[0].threads,
    raw: rounds,
  };
}

/** Begins them all, waits until the upstream has answered all and the server is idle, then asks what became of them. */
async function runRound(parley, conversations) {
  const headers = { 'content-type': 'application/json' };
  for (const line of parley.headers) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon)] = line.slice(colon + 1).trim();
  }
  const clients = Array.from({ length: 8 }, () => new Client(parley.url));
  const requests = Array.from({ length: conversations }, (_, i) => clients[i % clients.length]);
  const answersBefore = await answersGiven(parley);
  const cpu = countCpu(parley.pid);
  const began = Date.now();
  const locations = await Promise.all(requests.map((client) => begin(client, headers)));
  await settled(answersBefore + conversations * TURNS * AGENTS.length, began, parley);
  const { total, byThread } = cpu();
  const views = await Promise.all(requests.map((client, i) => view(client, headers, locations[i])));
  await Promise.all(clients.map((client) => client.close()));
  const good = views.filter((one) => one?.status === 'completed' && one.turn_count === TURNS);
  const last = Math.max(...good.map((one) => Date.parse(one.ended_at)), began + 1);
  const failures = conversations - good.length;
  if (failures > 0)
    console.error(
      '  a conversation that failed:',
      views.find((one) => !good.includes(one)),
    );
  return { conversations, cpuMs: total, threads: byThread, wallSeconds: (last - began) / 1000, failures };
}

async function begin(client, headers) {
  const {
    statusCode,
    headers: answered,
    body,
  } = await client.request({ method: 'POST', path: '/conversations', headers, body: BODY });
  const text = await body.text();
  if (statusCode !== 202) console.error(`  POST /conversations: ${statusCode} ${text.slice(0, 200)}`);
  return statusCode === 202 ? answered.location : undefined;
}

async function view(client, headers, location) {
  if (location === undefined) return undefined;
  const { body } = await client.request({ method: 'GET', path: location, headers });
  return body.json();
}

async function answersGiven({ mockUrl }) {
  const stats = await fetch(`${mockUrl}/__stats`).then((response) => response.json());
  return stats.streams - stats.open;
}

/** Asks the upstream, not the server: to be watched would cost it. Then waits until it has written the ends. */
async function settled(answers, began, parley) {
  while ((await answersGiven(parley)) < answers && Date.now() - began < GIVE_UP_MS) await sleep(100);
  for (let idle = 0; idle < 3 && Date.now() - began < GIVE_UP_MS;) {
    const cpu = countCpu(parley.pid);
    await sleep(100);
    idle = cpu().total < 10 ? idle + 1 : 0;
  }
}
