import type { Dialect } from '../dialect.js';
import { encodeSse } from '../sse.js';
import { chatCompletion, chatFrames } from './openai-answer.js';
import { oddChatFrames, oddChatWhole } from './openai-odd.js';
import { readChatRequest } from './openai-request.js';

/** OpenAI chat completions: `POST …/chat/completions`, `GET …/models`. */
export const openAiDialect: Dialect = {
  name: 'openai',
  streamType: 'text/event-stream; charset=utf-8',
  route(method, path) {
    if (method === 'POST' && path.endsWith('/chat/completions')) return 'generate';
    return method === 'GET' && path.endsWith('/models') ? 'models' : undefined;
  },
  read: readChatRequest,
  keyOf: (headers) => /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1],
  frames: chatFrames,
  encode: encodeSse,
  whole: chatCompletion,
  oddFrames: oddChatFrames,
  oddWhole: oddChatWhole,
  error: ({ message, type, code, param }) => ({ error: { message, type, param: param ?? null, code } }),
  models: (ids) => ({
    object: 'list',
    data: ids.map((id) => ({ id, object: 'model', created: 1_760_000_000, owned_by: 'upstream' })),
  }),
};
