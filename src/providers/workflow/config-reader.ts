import { ParleyError, type FieldProblem } from '../../core/kernel/parley-error.js';
import type { WorkflowConfig } from './request-handler.js';
import { httpUrl } from './workflow-client.js';

/** A workflow model that cannot be built; the pointers start at the model. */
export function invalidWorkflow(problems: readonly FieldProblem[]): ParleyError {
  const message = problems.map((problem) => `${problem.pointer.slice(1).replaceAll('/', '.')}: ${problem.message}`);
  return new ParleyError('config_invalid', message.join('; '), { problems });
}

/** The address under one of these keys of `custom_config`; the first is the usual one. @throws ParleyError `config_invalid` */
export function requireAddress(config: WorkflowConfig, ...keys: readonly [string, ...string[]]): string {
  const key = keys.find((name) => config[name] !== undefined) ?? keys[0];
  return checkAddress(config[key], `/custom_config/${key}`);
}

/** @throws ParleyError `config_invalid` for what is no http or https address */
export function checkAddress(value: unknown, pointer: string): string {
  const url = httpUrl(value);
  if (url !== undefined) return url.href;
  const message =
    value === undefined
      ? 'is missing (an http or https address)'
      : 'must be an http or https address without a password';
  throw invalidWorkflow([{ pointer, message }]);
}
