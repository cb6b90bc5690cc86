/** What is sent, as text, and what has to come back; undefined: nothing. Ids and codes only, in the order of the answer. */
export interface RpcVector {
  readonly name: string;
  readonly sent: string;
  readonly answer: readonly Answered[] | Answered | undefined;
}

/** `[id, code]`, or `[id]` for a result. */
export type Answered = readonly [id: unknown, code?: number];

const call = (id: unknown, more: object = {}): object => ({ jsonrpc: '2.0', method: 'ping', id, ...more });
const vector = (name: string, sent: unknown, answer: RpcVector['answer']): RpcVector => ({
  name,
  sent: typeof sent === 'string' ? sent : JSON.stringify(sent),
  answer,
});
const many = (count: number): object[] => Array.from({ length: count }, (_one, index) => call(index));

/**
 * The examples of JSON-RPC 2.0 (§7) with `ping` for the methods that are there, and the corners of its sentences. Shared by the
 * specs of the protocol and of its sockets.
 */
export const RPC_VECTORS: readonly RpcVector[] = [
  // §7, in its order.
  vector('a call with parameters by name', call(1, { params: {} }), [1]),
  vector('a notification', { jsonrpc: '2.0', method: 'ping' }, undefined),
  vector('a notification of no method', { jsonrpc: '2.0', method: 'foobar' }, undefined),
  vector('a call of no method', { jsonrpc: '2.0', method: 'foobar', id: '1' }, ['1', -32_601]),
  vector('broken JSON', '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', [null, -32_700]),
  vector('no request object', '{"jsonrpc": "2.0", "method": 1, "params": "bar"}', [null, -32_600]),
  vector(
    'a batch that is broken JSON',
    '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},{"jsonrpc": "2.0", "method"]',
    [null, -32_700],
  ),
  vector('an empty batch', '[]', [null, -32_600]),
  vector('a batch of one that is no call', '[1]', [[null, -32_600]]),
  vector('a batch of three that are no calls', '[1,2,3]', [
    [null, -32_600],
    [null, -32_600],
    [null, -32_600],
  ]),
  vector(
    'a batch of everything',
    [
      call('1'),
      { jsonrpc: '2.0', method: 'ping' },
      call('2'),
      { foo: 'boo' },
      { jsonrpc: '2.0', method: 'foo.get', params: { name: 'myself' }, id: '5' },
      call('9'),
    ],
    [['1'], ['2'], [null, -32_600], ['5', -32_601], ['9']],
  ),
  vector(
    'a batch of notifications',
    [
      { jsonrpc: '2.0', method: 'ping' },
      { jsonrpc: '2.0', method: 'foobar' },
    ],
    undefined,
  ),
  // Versions, methods, parameters.
  vector('no version', { method: 'ping', id: 1 }, [1, -32_600]),
  vector('another version', { jsonrpc: '1.0', method: 'ping', id: 1 }, [1, -32_600]),
  vector('a version that is a number', { jsonrpc: 2, method: 'ping', id: 1 }, [1, -32_600]),
  vector('no method', { jsonrpc: '2.0', id: 1 }, [1, -32_600]),
  vector('a method of the protocol itself', { jsonrpc: '2.0', method: 'rpc.discover', id: 1 }, [1, -32_601]),
  vector('an inherited name', { jsonrpc: '2.0', method: 'constructor', id: 1 }, [1, -32_601]),
  vector('parameters that are a text', call(1, { params: 'x' }), [1, -32_600]),
  vector('parameters that are a number', call(1, { params: 0 }), [1, -32_600]),
  vector('parameters that are null', call(1, { params: null }), [1]),
  vector('parameters by position', call(1, { params: [1] }), [1, -32_602]),
  vector('unknown parameters', call(1, { params: { colour: 'red' } }), [1, -32_602]),
  vector('more members than there are', call(1, { extra: true }), [1]),
  vector('an answer instead of a call', { jsonrpc: '2.0', result: 1, id: 1 }, [1, -32_600]),
  // Ids.
  vector('an id that is a text', call(''), ['']),
  vector('an id that is null', call(null), [null]),
  vector('an id with a fraction', call(1.5), [1.5]),
  vector('an id below zero', call(-1), [-1]),
  vector('an id that is true', call(true), [null, -32_600]),
  vector('an id that is a list', call([1]), [null, -32_600]),
  vector('an id that is an object', call({}), [null, -32_600]),
  vector('an id that no number holds', '{"jsonrpc":"2.0","method":"ping","id":9007199254740993}', [null, -32_600]),
  vector('an id without end', '{"jsonrpc":"2.0","method":"ping","id":1e999}', [null, -32_600]),
  // Batches.
  vector(
    'a batch of 20',
    many(20),
    Array.from({ length: 20 }, (_one, index): Answered => [index]),
  ),
  vector('a batch of 21', many(21), [null, -32_600]),
  vector('a batch in a batch', [[call(1)], call(2)], [[null, -32_600], [2]]),
  vector('one id twice in a batch', [call(1), call(1), call('1')], [[1], [1, -32_600], ['1']]),
  // What is no object at all, and no JSON that is taken.
  vector('nothing', '', [null, -32_700]),
  vector('blanks', '  ', [null, -32_700]),
  vector('null', 'null', [null, -32_600]),
  vector('a number', '42', [null, -32_600]),
  vector('a text', '"ping"', [null, -32_600]),
  vector('single quotes', "{'jsonrpc':'2.0'}", [null, -32_700]),
  vector('two messages in one', '{"jsonrpc":"2.0","method":"ping","id":1}{}', [null, -32_700]),
  vector('JSON too deep', `{"jsonrpc":"2.0","method":"ping","id":1,"params":${'['.repeat(100)}${']'.repeat(100)}}`, [
    null,
    -32_600,
  ]),
  vector('a prototype', '{"jsonrpc":"2.0","method":"ping","id":1,"__proto__":{"id":2}}', [1]),
];

/** What an answer says, as vectors have it. */
export function told(answer: unknown): RpcVector['answer'] {
  if (Array.isArray(answer)) return answer.map(toldOne);
  return answer === undefined ? undefined : toldOne(answer);
}

function toldOne(answer: unknown): Answered {
  const { id, error } = answer as { id: unknown; error?: { code: number } };
  return error === undefined ? [id] : [id, error.code];
}
