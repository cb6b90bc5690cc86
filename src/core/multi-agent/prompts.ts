import type { JsonAnswer, ModelMessage } from '../ports/model-provider.js';
import { observedHistory } from './observation.js';
import { ACTION_TYPES, type Participant } from './settings.js';
import { activeAgents, goalOf, type MultiAgentState } from './state.js';

/** The schema every agent's answer has to follow. `action_type` first, so that readers of the stream know it early. */
export function actionAnswer(others: readonly string[]): JsonAnswer {
  return {
    name: 'agent_action',
    schema: {
      type: 'object',
      additionalProperties: false,
      required: ['action_type', 'argument', 'to'],
      properties: {
        action_type: { type: 'string', enum: [...ACTION_TYPES] },
        argument: { type: 'string', description: 'What you say or do; empty for none.' },
        to: {
          type: 'array',
          items: others.length === 0 ? { type: 'string' } : { type: 'string', enum: [...others] },
          description: 'Names of the only ones who may notice it; empty: everybody.',
        },
      },
    },
  };
}

/** Asks an agent for its action of a turn. */
export function actionPrompt(state: MultiAgentState, participant: Participant, turn: number): readonly ModelMessage[] {
  const others = activeAgents(state).filter((name) => name !== participant.name);
  const history = observedHistory(state, participant.name);
  const schema = JSON.stringify(actionAnswer(others).schema);
  return [
    { role: 'system', content: persona(state, participant) },
    {
      role: 'user',
      content: [
        history === '' ? 'Nothing has happened yet.' : `What you have observed so far:\n${history}`,
        `It is turn ${turn} of at most ${state.settings.max_turns}. What does ${participant.name} do now?`,
        `Choose one action_type: ${ACTION_TYPES.join(', ')}. Use "speak" to say something, "none" to do nothing, and ` +
          '"leave" once your goal is met or you no longer want to take part. Do not repeat what was said before.',
        `Answer with one JSON object only, following this JSON Schema:\n${schema}`,
      ].join('\n\n'),
    },
  ];
}

/** Asks an agent that was given none for a goal of its own, in plain text. */
export function goalPrompt(state: MultiAgentState, participant: Participant): readonly ModelMessage[] {
  return [
    { role: 'system', content: persona(state, participant) },
    {
      role: 'user',
      content:
        `Before it begins: what does ${participant.name} want to achieve here? ` +
        'State one private goal in a single sentence of plain text, without quotation marks.',
    },
  ];
}

/** Asks again after an answer that was no valid action. */
export function repairPrompt(asked: readonly ModelMessage[], answer: string, problem: string): readonly ModelMessage[] {
  return [
    ...asked,
    { role: 'assistant', content: answer },
    {
      role: 'user',
      content: `That answer cannot be used: ${problem}. Give the same action again as one JSON object that follows the schema, and nothing else.`,
    },
  ];
}

/** What an agent knows of itself and of the others. Its first line, `You are <name>.`, is a convention of ours. */
function persona(state: MultiAgentState, participant: Participant): string {
  const others = state.settings.participants.filter((p) => p.name !== participant.name).map((p) => p.name);
  const goal = goalOf(state, participant);
  const lines = [
    `You are ${participant.name}.`,
    others.length === 0 ? 'You are on your own.' : `You take part in a conversation with ${others.join(', ')}.`,
    `Scenario: ${state.settings.scenario}`,
    participant.background === undefined ? undefined : `Your background: ${participant.background}`,
    participant.profile === undefined ? undefined : `Your profile: ${JSON.stringify(participant.profile)}`,
    goal === undefined ? undefined : `Your goal (nobody else knows it): ${goal}`,
    participant.instructions,
    `Stay in character, be natural and brief, and never speak for anybody else.`,
  ];
  return lines.filter((line) => line !== undefined).join('\n');
}
