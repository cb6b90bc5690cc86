import { escapeSome } from '../pieces.js';

/** An agent's action as the model has to write it. */
export interface ActionValue {
  readonly action_type: string;
  readonly argument: string;
  readonly to: readonly string[];
}

/** What the scripted agent says in its n-th action: quotes, line breaks, accents, emoji, a backslash, a tab. */
export function scriptedArgument(agent: string, n: number): string {
  return `${agent} says (${n}): "Hello" with é and é, 🙂 and 🙂, 東京 and 東京\nthen C:\\temp and a\ttab.`;
}

/** The scripted agent's goal. */
export function scriptedGoal(agent: string): string {
  return `${agent} wants a plan that all can accept.`;
}

/** The scripted agent's n-th action. */
export function scriptedAction(agent: string, n: number): ActionValue {
  return { action_type: 'speak', argument: scriptedArgument(agent, n), to: [] };
}

/** An action as JSON text, half of its special characters as `\u` escapes. */
export function actionJson(action: ActionValue): string {
  return escapeSome(JSON.stringify(action));
}
