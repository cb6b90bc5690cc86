import type { TagName } from './operation.js';

/** The first page of the document. */
export const INTRODUCTION = `Parley runs conversations of LLM agents. Each conversation has one durable log of events, and every stream, on
whatever door, is a view of that log that can be left and taken up again.

## Keys

Send a key as \`X-API-Key: …\` or \`Authorization: Bearer …\`. No key is 401; a wrong one, or one without the scope that the
operation names (\`chat\` or \`admin\`), is 403. What a key makes belongs to its tenant: to others it is 404. A server that was
started without keys lets everybody in, on its own machine only.

## Bodies

JSON in UTF-8, snake_case. Times are RFC 3339 in UTC with milliseconds. A field that is not known is refused (422); \`null\` is
the same as a field that is left out. Answers may gain fields.

## Errors

Every refusal and failure is \`application/problem+json\` (RFC 9457): \`code\` is for programs, \`detail\` for people, \`retryable\`
says whether the same request may succeed later, and \`errors\` names every field that did not validate. They come before the
first byte of a stream. The \`X-Request-Id\` of an answer is its name in the server's log.

## Streams

Streams are server-sent events: each frame is \`data: {json}\` with its type inside, and \`id:\` is the cursor, a text to be sent
back as it is. After a broken connection send the last one as \`Last-Event-ID\`: the stream goes on behind it, in the middle of
a message if need be. Lines that begin with a colon are signs of life,
and \`retry:\` says when to come back, ms.`;

const DESCRIPTIONS = {
  Chat: 'Somebody talks with an agent, which answers with the help of its tools.',
  Conversations: 'Agents that talk with each other, turn by turn, to an end that is judged.',
  Messages: 'What was said in a conversation, and what people say to it.',
  Events: 'The log of a conversation: where any stream is taken up again, whatever door began it.',
  Agents: 'The agents that answer chats: the operator’s, and those that a key makes for itself.',
  Sessions:
    'Clients that run tools of their own: JSON-RPC 2.0 over a WebSocket at `/ws/{session_id}`, described by `/asyncapi.json`.',
  Models: 'The configured models and how they are. Asking costs nothing upstream.',
  OpenAI: 'The same models and agents, for clients made for OpenAI.',
  Server: 'What this server is, and how it is set up.',
  Health: 'Probes for Kubernetes, and an overview for people. Models of others are never part of a probe.',
  Documents: 'This document, for programs and for people.',
} as const satisfies Record<TagName, string>;

/** The groups of operations, in the order the pages show them. */
export const TAGS = Object.entries(DESCRIPTIONS).map(([name, description]) => ({ name, description }));
