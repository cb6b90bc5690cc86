import type { JsonSchema, JsonValue } from '../json-schema.js';
import type { DescribedDto, DtoClass } from '../schema-of.js';

/** A message on a socket. */
export interface SocketMessage {
  /** For people: what it says or asks for. */
  readonly summary: string;
  readonly payload: JsonSchema;
  /** Taken from real sockets. */
  readonly example: JsonValue;
  /** Of a client's message: the names of the messages that answer it. */
  readonly replies?: readonly string[];
}

/** One protocol on sockets as the document shows it. */
export interface SocketChannel {
  /** Begins the names of its operations. */
  readonly name: string;
  readonly address: string;
  readonly title: string;
  readonly description: string;
  /** What stands in braces in the address. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** What clients send, by name. */
  readonly received: Readonly<Record<string, SocketMessage>>;
  /** What the server sends, by name. */
  readonly sent: Readonly<Record<string, SocketMessage>>;
  /** DTOs that payloads point at. */
  readonly bodies: readonly DtoClass[];
  /** Notes on DTOs that only sockets have. */
  readonly dtos?: readonly DescribedDto[];
  /** Schemas that payloads point at, by name, beside those of the HTTP routes. */
  readonly schemas?: Readonly<Record<string, JsonSchema>>;
}
