import { describe, expect, it } from '@jest/globals';
import { RPC_VECTORS, told } from '../../../test/support/json-rpc-vectors.js';
import { ParleyError, toParleyError } from '../../core/kernel/parley-error.js';
import { answerRpc, METHOD_NOT_FOUND, unreadable, type RpcCall, type RpcOutcome } from './json-rpc.js';
import { parseJson } from './parse-json.js';

const LIMITS = { message_bytes: 1_000_000, depth: 32, nodes: 10_000, keys: 1_000 };

function handle({ method, params }: RpcCall): RpcOutcome {
  if (method !== 'ping') return METHOD_NOT_FOUND;
  const isEmpty = params === undefined || (!Array.isArray(params) && Object.keys(params as object).length === 0);
  if (!isEmpty) throw new ParleyError('invalid_request', 'no parameters');
  return { result: { status: 'pong' } };
}

async function answerTo(sent: string): Promise<unknown> {
  let message: unknown;
  try {
    message = parseJson(Buffer.from(sent), LIMITS);
  } catch (error) {
    return JSON.parse(unreadable(toParleyError(error)));
  }
  const answer = await answerRpc(message, handle);
  return answer === undefined ? undefined : JSON.parse(answer);
}

describe('B16: JSON-RPC 2.0', () => {
  it.each(RPC_VECTORS)('$name', async ({ sent, answer }) => {
    expect(told(await answerTo(sent))).toEqual(answer);
  });

  it('answers with all members and no others, in one line', async () => {
    expect(await answerTo('{"jsonrpc":"2.0","method":"ping","id":1}')).toEqual({
      jsonrpc: '2.0',
      result: { status: 'pong' },
      id: 1,
    });
    expect(await answerTo('x')).toEqual({
      jsonrpc: '2.0',
      error: { code: -32_700, message: 'Parse error: Invalid JSON' },
      id: null,
    });
  });

  it('carries out what a batch asks for one after the other', async () => {
    const order: string[] = [];
    const slow = async ({ id }: RpcCall): Promise<RpcOutcome> => {
      order.push(`begin ${String(id)}`);
      await new Promise(setImmediate);
      order.push(`end ${String(id)}`);
      return { result: null };
    };
    const batch = [1, 2].map((id) => ({ jsonrpc: '2.0', method: 'm', id }));
    await answerRpc(batch, slow);
    expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  it('tells nobody but the log what a notification fails with', async () => {
    const errors: string[] = [];
    const failing = (): RpcOutcome => {
      throw new ParleyError('conflict', 'busy');
    };
    const answer = await answerRpc({ jsonrpc: '2.0', method: 'm' }, failing, (error) => errors.push(error.code));
    expect([answer, errors]).toEqual([undefined, ['conflict']]);
  });
});

describe('B16: messages that are not what they were', () => {
  /** The same numbers every time (mulberry32). */
  function numbers(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
  }

  it('are answered by code, or by nothing, 20,000 times', async () => {
    const next = numbers(16);
    const pick = (below: number): number => Math.floor(next() * below);
    for (let round = 0; round < 20_000; round++) {
      const { sent } = RPC_VECTORS[pick(RPC_VECTORS.length)] ?? { sent: '' };
      let text = sent.slice(0, 500);
      for (let change = 0; change <= pick(3); change++) {
        const at = pick(text.length + 1);
        const given = ['', '"', '{', ']', ',', ':', 'null', '1e999', '\u0000', '\\u0000', '\ud800'][pick(11)] ?? '';
        text = text.slice(0, at) + given + text.slice(at + pick(3));
      }
      const answer = told(await answerTo(text));
      const all = answer === undefined ? [] : Array.isArray(answer[0]) || answer.length === 0 ? answer : [answer];
      for (const one of all as readonly (readonly [unknown, number?])[]) {
        expect([undefined, -32_700, -32_600, -32_601, -32_602]).toContain(one[1]);
      }
    }
  });
});
