import type { AccessPolicy } from '../../auth/access.js';
import type { ErrorCode } from '../../core/kernel/parley-error.js';
import type { JsonSchema, JsonValue } from './json-schema.js';
import type { DescribedDto, DtoClass } from './schema-of.js';

export type HttpMethod = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Groups of operations, in the order the pages show them. */
export type TagName =
  | 'Chat'
  | 'Conversations'
  | 'Messages'
  | 'Events'
  | 'Agents'
  | 'Models'
  | 'Sessions'
  | 'OpenAI'
  | 'Server'
  | 'Health'
  | 'Documents';

export interface Example {
  readonly summary: string;
  /** An object for JSON, a string for text. */
  readonly value: JsonValue;
}

/** A body in one media type. */
export interface Content {
  readonly schema: JsonSchema;
  /** Taken from real runs. */
  readonly examples?: Readonly<Record<string, Example>>;
  /** Of a `text/event-stream`: what the JSON in each frame's `data:` may be. */
  readonly frames?: JsonSchema;
  /** Of lines of JSON: what each of them may be. */
  readonly lines?: JsonSchema;
}

/** A path segment or a request header. */
export interface Parameter {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example?: string;
}

/** A header of an answer. */
export interface AnswerHeader extends Parameter {
  /** Whether it may be missing. */
  readonly sometimes?: true;
}

/** An answer that is no problem document. */
export interface Answer {
  readonly description: string;
  /** Beside `X-Request-Id`, which every answer has. */
  readonly headers?: Readonly<Record<string, AnswerHeader>>;
  /** By media type; without it: no body. */
  readonly content?: Readonly<Record<string, Content>>;
}

/** One HTTP route as the document shows it. */
export interface Operation {
  readonly method: HttpMethod;
  /** As in OpenAPI: `/conversations/{id}`. */
  readonly path: string;
  readonly tag: TagName;
  /** Whose errors it answers with. Absent: our own. */
  readonly dialect?: 'openai' | 'jsonrpc';
  /** The route's `@Access`. */
  readonly access: AccessPolicy;
  /** Whether the key may be in the query. */
  readonly key_in_query?: true;
  readonly summary: string;
  readonly description: string;
  /** By name, one for each segment in braces. */
  readonly segments?: Readonly<Record<string, Parameter>>;
  /** Request headers beside those of the key. */
  readonly headers?: Readonly<Record<string, Parameter>>;
  readonly query?: DtoClass;
  readonly body?: {
    readonly dto: DtoClass;
    /** Another body that is taken as well. */
    readonly or?: DtoClass;
    readonly required: boolean;
    readonly examples: Readonly<Record<string, Example>>;
  };
  readonly answers: Readonly<Record<number, Answer>>;
  /** When it refuses or fails, by code; the codes of keys, bodies and queries are added to it. */
  readonly errors?: Partial<Readonly<Record<ErrorCode, string>>>;
}

/** The operations of one part of the API, with the DTOs and schemas they use. */
export interface OperationGroup {
  /** By operationId. */
  readonly operations: Readonly<Record<string, Operation>>;
  readonly dtos?: readonly DescribedDto[];
  /** Schemas that answers point at, by name. */
  readonly schemas?: Readonly<Record<string, JsonSchema>>;
}
