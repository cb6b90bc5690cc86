import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import * as apiStream from '../api-stream/api-stream.dto.js';
import * as agents from '../http/agents.dto.js';
import * as conversations from '../http/create-conversation.dto.js';
import * as messages from '../http/messages.dto.js';
import * as queries from '../http/queries.dto.js';
import * as clientTools from '../jsonrpc/client-tool.dto.js';
import * as sessions from '../jsonrpc/session.dto.js';
import * as completions from '../openai/completion.dto.js';
import * as prompts from '../text/prompt.dto.js';
import * as chats from './chat.dto.js';
import { fieldsOf, type DtoClass, type DtoField } from './dto-fields.js';
import * as histories from './history.dto.js';
import * as sockets from './socket.dto.js';
import { takeValid } from './take-valid.js';

const MODULES = [
  apiStream,
  agents,
  conversations,
  messages,
  queries,
  clientTools,
  sessions,
  completions,
  prompts,
  chats,
  histories,
  sockets,
];
const DTOS = MODULES.flatMap((exported) => Object.values(exported) as unknown[]).filter(isDto);

function isDto(value: unknown): value is DtoClass {
  return typeof value === 'function' && value.name.endsWith('Dto');
}

/** What class-validator says to it, asked as the whole way of validation asks it. */
function slowly(dto: DtoClass, body: object, strict: boolean): object | undefined {
  const made = plainToInstance(dto, structuredClone(body));
  const errors = validateSync(made, {
    whitelist: true,
    forbidNonWhitelisted: strict,
    forbidUnknownValues: true,
  });
  return errors.length === 0 ? made : undefined;
}

const TEXTS = [null, '', 'a', 'user', 'assistant', 'tool', 'function', 'cancel', 'true', '7', 'a'.repeat(300)];
const OTHERS = [true, 0, 1, 0.5, -1, 1e9, [], {}, [null], [[]], ['a'], { a: 1 }, { name: 'a', arguments: '{}' }, [{}]];
const VALUES: readonly unknown[] = [...TEXTS, ...OTHERS, { constructor: 1 }, [{ prototype: {} }]];
const ANYTHING = fc.constantFrom(...VALUES);

/** Bodies that are often right: what stands in a field is likely to be of its kind. */
function bodiesOf(dto: DtoClass): fc.Arbitrary<object> {
  const fields = fieldsOf(dto) ?? [];
  const known = Object.fromEntries(fields.map((field) => [field.name, valuesOf(field)]));
  const requiredKeys = fields.filter(({ conditions }) => conditions.length === 0).map(({ name }) => name);
  const record = fc.oneof(
    { weight: 15, arbitrary: fc.record(known, { requiredKeys }) },
    fc.record(known, { requiredKeys: [] }),
  );
  const others = fc.oneof({ weight: 15, arbitrary: fc.constant({}) }, fc.constant({ other: 1 }));
  return fc.tuple(record, others).map(([body, more]) => ({ ...body, ...more }));
}

function valuesOf({ inner, each, rules }: DtoField): fc.Arbitrary<unknown> {
  // What `IsIn` allows is among its constraints.
  const all = [...VALUES, ...rules.flatMap(({ constraints }) => constraints.flat())];
  const right = all.filter((value) =>
    rules.every(({ validator, constraints }) => {
      const about = { constraints: [...constraints], value, object: {}, property: '', targetName: '' };
      return validator.validate(value, about) === true;
    }),
  );
  const one = inner === undefined ? fc.constantFrom(...right, null) : bodiesOf(inner);
  const wanted = inner !== undefined && each ? fc.array(one, { maxLength: 2 }) : one;
  return fc.oneof({ weight: 15, arbitrary: wanted }, ANYTHING);
}

describe.each(DTOS.map((dto) => [dto.name, dto] as const))('%s', (_name, dto) => {
  it('has rules that are known', () => {
    expect(fieldsOf(dto)).toBeDefined();
  });

  it.each([true, false])(
    'lets nothing through that class-validator would not, nor as anything else (strict: %s)',
    (strict) => {
      fc.assert(
        fc.property(bodiesOf(dto), (body) => {
          const taken = takeValid(dto, body, { others: strict ? 'refused' : 'left out' });
          if (taken !== undefined) expect(taken).toStrictEqual(slowly(dto, body, strict));
        }),
        { numRuns: 150 },
      );
    },
  );
});

describe('takeValid', () => {
  const strict = { others: 'refused' } as const;

  it('takes what is usual', () => {
    const message = { role: 'user', content: 'hi' };
    const chat = { message: 'hi', model: null, history: [message], parallel_tools: true };
    expect(takeValid(chats.ChatDto, chat, strict)).toStrictEqual(slowly(chats.ChatDto, chat, true));
    const completion = { model: 'm', messages: [message], stream: true, temperature: 0.5 };
    expect(takeValid(completions.CompletionDto, completion, { others: 'left out' })).toStrictEqual(
      slowly(completions.CompletionDto, completion, false),
    );
    expect(takeValid(queries.EventsQueryDto, { projection: 'chat' }, strict)).toBeInstanceOf(queries.EventsQueryDto);
  });

  it('leaves to the validator what it would make another value of, and histories that are too long', () => {
    expect(takeValid(queries.EventsQueryDto, { limit: '7' }, strict)).toBeUndefined();
    const history = [
      { role: 'user', content: 'a' },
      { role: 'user', content: 'b' },
    ];
    expect(takeValid(chats.ChatDto, { message: 'hi', history }, { ...strict, history_messages: 1 })).toBeUndefined();
  });

  it.each([
    ['keys that stand for a prototype', JSON.parse('{"message":"hi","__proto__":{"model":"x"}}')],
    ['bytes', { message: 'hi', history: [Buffer.from('a')] }],
    ['lists with gaps', { message: 'hi', history: Object.assign([], { length: 2 }) }],
    ['a list', [{ message: 'hi' }]],
    ['no object', 'hi'],
    ['an object of a class', Object.assign(new Date(), { message: 'hi' })],
  ])('takes no %s', (_what, body: unknown) => {
    expect(takeValid(chats.ChatDto, body, strict)).toBeUndefined();
  });
});
