import { afterAll, beforeAll, describe, expect, it, test } from '@jest/globals';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { api } from '../support/api.js';
import { KEY } from '../support/doors/door-config.js';
import { memoryOf } from '../support/doors/stalled-reader.js';
import { World } from '../support/doors/world.js';
import { stopAllServers } from '../support/server.js';
import { createSession } from '../support/session-client.js';
import { closeCodeOf, rawSocket, WsClient, wsFrame } from '../support/ws-client.js';

const KIB = 1024;
/** What one attack may cost while it lasts, MiB. */
const COST = 10;
const AUTH = [`X-API-Key: ${KEY}`];

let world: World;

beforeAll(async () => {
  world = await World.start();
}, 120_000);

afterAll(async () => {
  await stopAllServers();
  await world.upstream.close();
});

/** An open socket of each door that takes frames, at the point where its client would begin to talk. */
const DOORS: Readonly<Record<string, () => Promise<Socket>>> = {
  '/ws': () => rawSocket(world.server.url, '/ws', AUTH),
  '/ws/{session_id}': async () => {
    const id = await createSession(world.server.url, {}, { 'x-api-key': KEY });
    return rawSocket(world.server.url, `/ws/${id}`, AUTH);
  },
  'Socket.IO': async () => {
    const socket = await rawSocket(world.server.url, '/socket.io/?EIO=4&transport=websocket', AUTH);
    socket.write(wsFrame('40'));
    return socket;
  },
};

/** What is sent, part by part, until the server closes; and the code that it closes with. */
interface Attack {
  readonly name: string;
  readonly code: number;
  readonly parts: () => Iterable<Buffer>;
}

const attack = (name: string, code: number, ...parts: readonly Buffer[]): Attack => ({
  name,
  code,
  parts: () => parts,
});
const close = (...bytes: readonly number[]): Buffer => wsFrame(Buffer.from(bytes), { opcode: 8 });

function* repeated(first: Buffer, rest: Buffer, times: number): Iterable<Buffer> {
  yield first;
  for (let sent = 0; sent < times; sent++) yield rest;
}

const SPOILT: readonly Attack[] = [
  attack('bad UTF-8', 1007, wsFrame(Buffer.from([0xc3, 0x28]))),
  attack(
    'bad UTF-8 over two fragments',
    1007,
    wsFrame(Buffer.from([0xf0, 0x9f]), { fin: false }),
    wsFrame(Buffer.from([0x20, 0x20]), { opcode: 0 }),
  ),
  ...[1, 2, 4].map((reserved) => attack(`reserved bit ${reserved}`, 1002, wsFrame('{}', { reserved }))),
  attack('no mask', 1002, wsFrame('{}', { masked: false })),
  attack('an unknown opcode', 1002, wsFrame('{}', { opcode: 3 })),
  attack('an unknown control opcode', 1002, wsFrame('', { opcode: 11 })),
  attack('a continuation of nothing', 1002, wsFrame('{}', { opcode: 0 })),
  attack('a message inside a message', 1002, wsFrame('{', { fin: false }), wsFrame('{}')),
  attack('a ping that is too long', 1002, wsFrame('x'.repeat(126), { opcode: 9 })),
  attack('a ping in fragments', 1002, wsFrame('x', { opcode: 9, fin: false })),
  attack('a close of one byte', 1002, close(3)),
  attack('a close by a code that is none', 1002, close(3, 237)),
  attack('a close whose reason is bad UTF-8', 1007, close(3, 232, 0xc3, 0x28)),
];

const HEAVY: readonly Attack[] = [
  {
    name: 'a frame of 60 MB',
    code: 1009,
    parts: () => repeated(wsFrame('', { length: 60_000_000 }), Buffer.alloc(1_000_000, 'x'), 60),
  },
  {
    name: 'a message of 60 MB in fragments of 60 KB',
    code: 1009,
    parts: () => {
      const fragment = Buffer.alloc(60_000, 'x');
      return repeated(wsFrame(fragment, { fin: false }), wsFrame(fragment, { opcode: 0, fin: false }), 1_000);
    },
  },
  {
    name: 'a message of 1,000,000 fragments of one byte',
    code: 1008,
    parts: () => {
      const fragment = wsFrame('x', { opcode: 0, fin: false });
      const many = Buffer.concat(Array.from({ length: 1_000 }, () => fragment));
      return repeated(wsFrame('x', { fin: false }), many, 1_000);
    },
  },
  {
    name: '10,000 pings at once',
    code: 4429,
    parts: () => {
      const ping = wsFrame('x'.repeat(125), { opcode: 9 });
      return repeated(ping, Buffer.concat(Array.from({ length: 100 }, () => ping)), 100);
    },
  },
];

/** Sends an attack as fast as it is taken, until the connection is gone. Gives the code that the server closed with. */
async function carryOut(open: () => Promise<Socket>, { parts }: Attack): Promise<number> {
  const socket = await open();
  const code = closeCodeOf(socket, 'stay');
  const gone = once(socket, 'close');
  for (const part of parts()) {
    if (socket.destroyed) break;
    if (!socket.write(part)) await Promise.race([once(socket, 'drain'), gone]);
  }
  const said = await code;
  socket.destroy();
  await gone;
  return said;
}

/** The most that a process takes beyond what it had, MiB, while something is done to it. */
async function costOf<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly cost: number }> {
  const before = memoryOf(world.server.pid);
  let most = before;
  const look = setInterval(() => (most = Math.max(most, memoryOf(world.server.pid))), 5);
  try {
    const result = await work();
    return { result, cost: Math.max(most, memoryOf(world.server.pid)) - before };
  } finally {
    clearInterval(look);
  }
}

/** The least of what something costs in a few goes, MiB: what costs, costs each time; what else a process does, does not. */
async function leastCostOf(work: () => Promise<number>): Promise<number> {
  let least = Infinity;
  for (let go = 0; go < 3 && least > COST; go++) least = Math.min(least, await work());
  return least;
}

/** Somebody else is served as ever. */
async function expectService(): Promise<void> {
  const client = await WsClient.open(world.server.url, '/ws', { headers: { 'x-api-key': KEY } });
  client.send({ type: 'ping' });
  expect(await client.next()).toMatchObject({ type: 'pong' });
  client.ws.terminate();
  await client.closed;
}

/** Resolves once so many sockets are open. */
async function untilOpen(count: number): Promise<void> {
  const open = async (): Promise<unknown> =>
    (await api(`${world.server.url}/health`, 'GET', undefined, { 'x-api-key': KEY })).body['active_connections'];
  while ((await open()) !== count) await new Promise(setImmediate);
}

describe.each(Object.entries(DOORS))('B18: frames on %s', (_door, open) => {
  it('that break the rules close it by code', async () => {
    const codes = await Promise.all(SPOILT.map(async (one) => [one.name, await carryOut(open, one)]));
    expect(codes).toEqual(SPOILT.map(({ name, code }) => [name, code]));
    await expectService();
  });

  it.each(HEAVY.map((one) => [one.name, one] as const))('%s: closed by code, and cheap', async (_name, one) => {
    // What is loaded and compiled once is no cost.
    for (let round = 0; round < 3; round++) await carryOut(open, one);
    const least = await leastCostOf(async () => {
      const { result, cost } = await costOf(() => carryOut(open, one));
      expect(result).toBe(one.code);
      return cost;
    });
    expect(least).toBeLessThanOrEqual(COST);
    await expectService();
  });

  it('of messages that are never finished cost no more than they have', async () => {
    const half = wsFrame(Buffer.alloc(200 * KIB, 'x'), { fin: false });
    const begun = wsFrame(Buffer.alloc(20 * KIB, 'x'), { opcode: 0, fin: false, length: 40 * KIB });
    const attackers = 8;
    const least = await leastCostOf(async () => {
      const { result, cost } = await costOf(async () => {
        const sockets = await Promise.all(Array.from({ length: attackers }, open));
        for (const socket of sockets) socket.write(Buffer.concat([half, begun]));
        for (let round = 0; round < 10; round++) await expectService();
        return sockets;
      });
      await untilOpen(attackers);
      for (const socket of result) socket.destroy();
      await untilOpen(0);
      return cost;
    });
    expect(least).toBeLessThanOrEqual(COST);
  });
});

describe('B18: a character', () => {
  it('may be in two fragments, and a ping between them', async () => {
    const socket = await rawSocket(world.server.url, '/ws', AUTH);
    const message = Buffer.from('{"type":"😀"}');
    let answer = '';
    const answered = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString('latin1');
        if (answer.includes('"error_code":"invalid_request"')) resolve();
      });
    });
    socket.write(
      Buffer.concat([
        wsFrame(message.subarray(0, 11), { fin: false }),
        wsFrame('between', { opcode: 9 }),
        wsFrame(message.subarray(11), { opcode: 0 }),
      ]),
    );
    await answered;
    expect(answer).toContain('\u008a\u0007between');
    expect(answer.indexOf('between')).toBeLessThan(answer.indexOf('invalid_request'));
    socket.destroy();
  });
});

test('the process is still there, and has nothing to say of it', () => {
  expect(world.server.output()).not.toMatch(/"level":"?(?:error|50|60)|Error:/);
});
