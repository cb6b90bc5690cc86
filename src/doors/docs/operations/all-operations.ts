import type { OperationGroup } from '../operation.js';
import { AGENTS } from './agents.operations.js';
import { API_STREAM } from './api-stream.operations.js';
import { CHAT } from './chat.operations.js';
import { CONVERSATIONS } from './conversations.operations.js';
import { DOCUMENTS } from './documents.operations.js';
import { EVENTS } from './events.operations.js';
import { MESSAGES } from './messages.operations.js';
import { MODELS } from './models.operations.js';
import { PROMPTS } from './prompt.operations.js';
import { OPENAI } from './openai.operations.js';
import { SERVER } from './server.operations.js';
import { SESSIONS } from './sessions.operations.js';
import { SETUP } from './setup.operations.js';

/** All that the document describes: a live route that is not in one of these fails `docs.e2e-spec.ts`. */
export const OPERATION_GROUPS: readonly OperationGroup[] = [
  CHAT,
  PROMPTS,
  API_STREAM,
  CONVERSATIONS,
  MESSAGES,
  EVENTS,
  AGENTS,
  SESSIONS,
  MODELS,
  OPENAI,
  SERVER,
  SETUP,
  DOCUMENTS,
];
