import { isDeepStrictEqual } from 'node:util';
import type { ErrorCode } from '../../core/kernel/parley-error.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { ERROR_TABLE } from '../wire/error-table.js';
import { toOpenAi } from '../wire/openai-error.js';
import { INTRODUCTION, TAGS } from './introduction.js';
import type { JsonSchema } from './json-schema.js';
import type { Answer, AnswerHeader, Content, Operation, OperationGroup, Parameter } from './operation.js';
import { errorsOf, PROBLEM_SCHEMA, problemName, problemResponses } from './problem-responses.js';
import { fieldsOf, schemaName, schemasOf, type DtoClass, type DtoNotes } from './schema-of.js';

type Json = Readonly<Record<string, unknown>>;

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly Json[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: Readonly<Record<string, Json>>;
}

export interface DocumentOptions {
  readonly version: string;
  /** Where the server stands behind a proxy; empty: at the root. */
  readonly base_path: string;
}

/**
 * Builds the document from the operations.
 *
 * @throws Error for a name that is there twice, and for what cannot be described
 */
export function buildDocument(groups: readonly OperationGroup[], options: DocumentOptions): OpenApiDocument {
  const notes: DtoNotes = new Map(groups.flatMap((group) => group.dtos ?? []).map((noted) => [noted.dto, noted]));
  const operations = unique(groups.map((group) => group.operations));
  const paths: Record<string, Record<string, Json>> = {};
  const codes = new Set<ErrorCode>();
  for (const [operationId, operation] of Object.entries(operations)) {
    const methods = (paths[operation.path] ??= {});
    if (methods[operation.method] !== undefined)
      throw new Error(`${operation.method} ${operation.path} is there twice`);
    methods[operation.method] = { operationId, ...operationObject(operation, notes) };
    for (const code of errorsOf(operation).keys()) codes.add(code);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version: options.version,
      description: INTRODUCTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: options.base_path === '' ? '/' : options.base_path, description: 'This server' }],
    tags: TAGS,
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      headers: SHARED_HEADERS,
      schemas: unique([
        ...groups.map((group) => group.schemas ?? {}),
        bodySchemas(Object.values(operations), notes),
        { Problem: PROBLEM_SCHEMA },
      ]),
      responses: problemResponses(codes),
    },
  };
}

const SECURITY_SCHEMES = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'A key of this server.' },
  bearer: { type: 'http', scheme: 'bearer', description: 'The same keys, as `Authorization: Bearer …`.' },
  apiKeyInQuery: {
    type: 'apiKey',
    in: 'query',
    name: 'x_api_key',
    description: 'The same keys, where a browser’s address bar is all there is.',
  },
};

const SHARED_HEADERS = {
  'X-Request-Id': { description: 'Names this request in the log.', required: true, schema: { type: 'string' } },
  'Retry-After': {
    description: 'Seconds after which the same request makes sense again.',
    schema: { type: 'integer' },
  },
};

function operationObject(operation: Operation, notes: DtoNotes): Json {
  const parameters = [
    ...Object.entries(operation.segments ?? {}).map(([name, segment]) => parameter('path', name, segment)),
    ...(operation.query === undefined ? [] : queryParameters(operation.query, notes)),
    ...Object.entries(operation.headers ?? {}).map(([name, header]) => parameter('header', name, header)),
  ];
  return {
    tags: [operation.tag],
    summary: operation.summary,
    description: operation.description,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(operation.body === undefined ? {} : { requestBody: requestBody(operation.body) }),
    responses: {
      ...answers(operation),
      ...(operation.dialect === 'openai' ? openAiProblems(operation) : problems(operation)),
    },
    security: security(operation),
  };
}

function security({ access, key_in_query }: Operation): Json[] {
  if (access === 'public') return [];
  const inQuery = key_in_query === true ? [{ apiKeyInQuery: [access] }] : [];
  return [{ apiKey: [access] }, { bearer: [access] }, ...inQuery];
}

function parameter(place: 'path' | 'header', name: string, { description, schema, example }: Parameter): Json {
  const shown = example === undefined ? {} : { example };
  return { name, in: place, required: place === 'path', description, schema, ...shown };
}

function queryParameters(dto: DtoClass, notes: DtoNotes): readonly Json[] {
  return fieldsOf(dto, notes).map(({ name, required, schema }) => {
    const { description, ...rest } = schema;
    return { name, in: 'query', required, description, schema: rest };
  });
}

function requestBody({ dto, or, required, examples }: NonNullable<Operation['body']>): Json {
  const [one, ...more] = [dto, ...(or === undefined ? [] : [or])].map((type) => ({
    $ref: `#/components/schemas/${schemaName(type)}`,
  }));
  const schema = more.length === 0 ? one : { oneOf: [one, ...more] };
  return { required, content: { 'application/json': { schema, examples } } };
}

function answers(operation: Operation): Json {
  return Object.fromEntries(
    Object.entries(operation.answers).map(([status, answer]) => [status, answerObject(answer)]),
  );
}

function answerObject({ description, headers = {}, content }: Answer): Json {
  const shown = Object.entries(headers).map(([name, header]) => [name, headerObject(header)] as const);
  const types = Object.entries(content ?? {}).map(([type, one]) => [type, mediaType(one)] as const);
  return {
    description,
    headers: { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' }, ...Object.fromEntries(shown) },
    ...(types.length === 0 ? {} : { content: Object.fromEntries(types) }),
  };
}

function headerObject({ description, schema, example, sometimes }: AnswerHeader): Json {
  const shown = example === undefined ? {} : { example };
  return { description, required: sometimes !== true, schema, ...shown };
}

/** `x-itemSchema` says what OpenAPI 3.2 calls `itemSchema`. */
function mediaType({ schema, examples, frames, lines }: Content): Json {
  const item = frames ?? lines;
  return {
    schema,
    ...(item === undefined ? {} : { 'x-itemSchema': item }),
    ...(examples === undefined ? {} : { examples }),
  };
}

/** What `/rpc` answers as JSON-RPC does: 400, with an error object. */
const IN_JSON_RPC: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['invalid_json', 'invalid_request']);

function problems(operation: Operation): Json {
  const own = [...errorsOf(operation)].filter(([code]) => operation.dialect !== 'jsonrpc' || !IN_JSON_RPC.has(code));
  const byStatus = Map.groupBy(own, ([code]) => ERROR_TABLE[code].http);
  const shown = [...byStatus].map(([status, errors]) => {
    if (operation.answers[status] !== undefined)
      throw new Error(`${operation.path}: ${status} is both an answer and an error`);
    const description = errors.map(([code, when]) => `\`${code}\`: ${when}`).join('\n\n');
    return [status, { $ref: `#/components/responses/${problemName(status)}`, description }];
  });
  return { ...Object.fromEntries(shown), default: { $ref: '#/components/responses/Problem' } };
}

/** Errors of a surface that speaks OpenAI's dialect: their statuses differ, and a wrong key is like none. */
function openAiProblems(operation: Operation): Json {
  const byStatus = Map.groupBy(errorsOf(operation), ([code]) => toOpenAi(new ParleyError(code, ''), false).status);
  const shown = [...byStatus].map(([status, errors]) => [
    String(status),
    openAiProblem(errors.map(([code, when]) => `\`${code}\`: ${when}`).join('\n\n')),
  ]);
  return { ...Object.fromEntries(shown), default: openAiProblem('Any other failure.') };
}

function openAiProblem(description: string): Json {
  return {
    description,
    headers: { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } },
    content: { 'application/json': { schema: { $ref: '#/components/schemas/OpenAiError' } } },
  };
}

function bodySchemas(operations: readonly Operation[], notes: DtoNotes): Readonly<Record<string, JsonSchema>> {
  const all = new Map<string, JsonSchema>();
  for (const { body } of operations) {
    if (body === undefined) continue;
    const bodies = [body.dto, ...(body.or === undefined ? [] : [body.or])];
    for (const [name, schema] of bodies.flatMap((dto) => Object.entries(schemasOf(dto, notes)))) {
      const known = all.get(name);
      if (known !== undefined && !isDeepStrictEqual(known, schema))
        throw new Error(`two different DTOs are named ${name}`);
      all.set(name, schema);
    }
  }
  return Object.fromEntries(all);
}

/** Joins records whose keys must differ. */
function unique<T>(records: readonly Readonly<Record<string, T>>[]): Readonly<Record<string, T>> {
  const joined = new Map<string, T>();
  for (const [key, value] of records.flatMap((record) => Object.entries(record))) {
    if (joined.has(key)) throw new Error(`"${key}" is there twice`);
    joined.set(key, value);
  }
  return Object.fromEntries(joined);
}
