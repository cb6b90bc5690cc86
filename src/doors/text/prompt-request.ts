import type { ChatRequest } from '../../conversations/start-chat.js';
import type { ImprovementSettings } from '../../core/agent/settings.js';
import { thereIs } from '../../core/kernel/there-is.js';
import { toHistory } from '../wire/history.js';
import { invalidRequest } from '../wire/validation.js';
import type { PromptDto, PromptQueryDto } from './prompt.dto.js';
import type { PromptSettings } from './prompt-settings.js';

/** Who answers unless a request names somebody else. */
const ASSISTANT = 'assistant';
const REVISER = 'reviser';

/**
 * A prompt as the application layer takes it: a conversation of its own, answered by a model that has the system message of
 * a role and no tools.
 *
 * @throws ParleyError `invalid_request` for a role that has no system message, and for a history that is none
 */
export function toPromptRequest(body: PromptDto, settings: PromptSettings): ChatRequest {
  const { prompt, history, model, on_disconnect } = body;
  const instructions = systemPrompt(body.role ?? ASSISTANT, settings);
  const improvement = body.improvement === true ? improvementOf(body, settings) : undefined;
  return {
    kind: 'chat',
    bare: true,
    apart: true,
    message: { text: prompt },
    history: toHistory(history ?? [], { pointer: '/history', most: settings.history_messages }),
    ...(instructions === undefined ? {} : { instructions }),
    ...(improvement === undefined ? {} : { improvement }),
    ...(model === undefined || model === null ? {} : { model }),
    on_disconnect: on_disconnect ?? 'cancel',
  };
}

/** The fields of a query as those of a body. */
export function fromQuery({ prompt, improvement, intermediate_steps, role, model }: PromptQueryDto): PromptDto {
  return {
    prompt,
    improvement: isTrue(improvement),
    intermediate_steps: isTrue(intermediate_steps),
    ...(role === undefined ? {} : { role }),
    ...(model === undefined ? {} : { model }),
  };
}

function isTrue(text: string | undefined): boolean {
  return text === 'true' || text === '1';
}

/** The assistant needs none. */
function systemPrompt(role: string, { system_prompts }: PromptSettings): string | undefined {
  const found = Object.hasOwn(system_prompts, role) ? system_prompts[role] : undefined;
  if (found !== undefined || role === ASSISTANT) return found;
  const names = [...new Set([ASSISTANT, ...Object.keys(system_prompts)])];
  throw invalidRequest([{ pointer: '/role', message: `there is no role "${role}"; ${thereIs(names)}` }]);
}

function improvementOf(body: PromptDto, { passes, system_prompts }: PromptSettings): ImprovementSettings | undefined {
  if (passes === 0) return undefined;
  const reviser = Object.hasOwn(system_prompts, REVISER) ? system_prompts[REVISER] : undefined;
  return {
    passes,
    intermediate_steps: body.intermediate_steps ?? false,
    ...(reviser === undefined || reviser === '' ? {} : { reviser }),
  };
}
