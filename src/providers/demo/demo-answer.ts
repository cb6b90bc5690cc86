import type { ToolCall } from '../../core/events/conversation-event.js';
import type { ModelRequest } from '../../core/ports/model-provider.js';
import { agentAction } from './agent-action.js';
import { chatAnswer } from './chat-answer.js';
import { goalAnswer, isGoalQuestion } from './goal-answer.js';
import { judgement } from './judge.js';
import { sampleOf } from './json-schema.js';
import { demandsReview, reviewAnswer } from './review-answer.js';
import { CHARACTERS_PER_TOKEN } from './count-tokens.js';
import { chooseTools } from './tool-choice.js';

/** What the demo model answers, before it is streamed. */
export interface DemoAnswer {
  readonly text: string;
  readonly tool_calls: readonly ToolCall[];
  readonly stop_reason: 'stop' | 'length' | 'tool_calls';
}

/**
 * Tells by its form what a request asks for, and answers it. Pure: the same request has the same answer. `max_tokens`
 * cuts plain text only, since half a JSON object serves nobody.
 */
export function demoAnswer(request: ModelRequest): DemoAnswer {
  if (request.json?.name === 'agent_action') return whole(agentAction(request));
  if (request.json?.name === 'evaluation') return whole(judgement(request));
  if (request.json !== undefined) return whole(JSON.stringify(sampleOf(request.json.schema, 'demo')));
  const tool_calls = chooseTools(request);
  if (tool_calls.length > 0) return { text: '', tool_calls, stop_reason: 'tool_calls' };
  if (isGoalQuestion(request)) return cut(goalAnswer(request), request.max_tokens);
  return cut(demandsReview(request) ? reviewAnswer(request) : chatAnswer(request), request.max_tokens);
}

function whole(text: string): DemoAnswer {
  return { text, tool_calls: [], stop_reason: 'stop' };
}

function cut(text: string, maxTokens: number | undefined): DemoAnswer {
  const most = (maxTokens ?? Infinity) * CHARACTERS_PER_TOKEN;
  return text.length <= most ? whole(text) : { text: text.slice(0, most), tool_calls: [], stop_reason: 'length' };
}
