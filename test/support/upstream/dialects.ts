import type { Dialect } from './dialect.js';
import { openAiDialect } from './openai/openai-dialect.js';

/** All dialects; the first one that has the route answers. */
export const DIALECTS: readonly Dialect[] = [openAiDialect];
