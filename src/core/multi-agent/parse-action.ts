import type { Action, ActionType } from '../events/conversation-event.js';
import { ACTION_TYPES } from './settings.js';

/** A model's answer read as an action, or why it is none. */
export type ParsedAction =
  { readonly ok: true; readonly action: Action } | { readonly ok: false; readonly problem: string };

/** Makes valid JSON of nearly valid JSON; may throw. */
export type RepairJson = (text: string) => string;

/**
 * Reads an answer tolerantly: fenced or surrounded by prose, nested under `properties`, nearly JSON, other case.
 *
 * @param others names that `to` may hold
 */
export function parseAction(answer: string, others: readonly string[], repair: RepairJson): ParsedAction {
  const object = readObject(answer, repair);
  if (object === undefined) return { ok: false, problem: 'it holds no JSON object' };
  const type = actionType(object['action_type']);
  if (type === undefined) {
    return { ok: false, problem: `"action_type" must be one of ${ACTION_TYPES.join(', ')}` };
  }
  const argument = argumentText(object['argument']);
  if (argument === undefined) return { ok: false, problem: '"argument" must be a string' };
  if (argument.trim() === '' && type !== 'none' && type !== 'leave') {
    return { ok: false, problem: `"argument" must say what "${type}" is about` };
  }
  const to = recipients(object['to'], others);
  if (typeof to === 'string') return { ok: false, problem: to };
  return { ok: true, action: { action_type: type, argument, ...(to.length === 0 ? {} : { to }) } };
}

function readObject(answer: string, repair: RepairJson): Readonly<Record<string, unknown>> | undefined {
  const start = answer.indexOf('{');
  if (start < 0) return undefined;
  const end = answer.lastIndexOf('}');
  const text = end > start ? answer.slice(start, end + 1) : answer.slice(start);
  const value = parseJson(text) ?? parseJson(attempt(() => repair(text)));
  if (!isRecord(value)) return undefined;
  const nested = value['properties'];
  return value['action_type'] === undefined && isRecord(nested) ? nested : value;
}

function parseJson(text: string | undefined): unknown {
  return text === undefined ? undefined : attempt((): unknown => JSON.parse(text));
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function actionType(value: unknown): ActionType | undefined {
  if (typeof value !== 'string') return undefined;
  const wanted = value.trim().toLowerCase().replaceAll(/[_-]/g, ' ');
  return ACTION_TYPES.find(
    (type) => type.replaceAll('-', ' ') === wanted || (type.startsWith('non-') && wanted.startsWith('non verbal')),
  );
}

function argumentText(value: unknown): string | undefined {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : undefined;
}

/** The named recipients, or why they cannot be. Everybody is the same as nobody named. */
function recipients(value: unknown, others: readonly string[]): readonly string[] | string {
  if (value === undefined || value === null || value === '') return [];
  const names: unknown[] = Array.isArray(value) ? value : [value];
  const unknown = names.filter((name) => typeof name !== 'string' || !others.includes(name));
  if (unknown.length > 0) return `"to" may only name ${others.join(', ')} (got ${JSON.stringify(unknown)})`;
  const valid = others.filter((name) => names.includes(name));
  return valid.length === others.length ? [] : valid;
}
