import { ParleyError, type FieldProblem } from '../core/kernel/parley-error.js';
import { thereIs } from '../core/kernel/there-is.js';

/** Kinds of evaluators that come with Parley. */
export type BuiltInEvaluator = 'rule_based' | 'llm';

/** One entry of `evaluators:` as its factory gets it. */
export interface EvaluatorSection {
  /** Unique; results carry it. */
  readonly name: string;
  /** A built-in type, or one that a plugin registered. */
  readonly type: string;
  readonly enabled: boolean;
  /** Name of a model; missing: the default model. */
  readonly model?: string;
  /** Open: the evaluator checks it. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** The key that a problem begins with: `config.dimensions[0].range must …`, `model "x" is not known`. */
const KEY_AT_START = /^(?:config(?:\.[^\s.[\]]+|\[\d+\])*|model|type)(?= )/;

/**
 * The error for a section that cannot be used.
 *
 * @param problems parts of a sentence without secrets, each beginning with the key it is about
 */
export function invalidSection(section: Pick<EvaluatorSection, 'name'>, problems: readonly string[]): ParleyError {
  return new ParleyError('config_invalid', `evaluator "${section.name}": ${problems.join('; ')}`, {
    problems: problems.map(toFieldProblem),
  });
}

/** The pointer is from the section on. */
function toFieldProblem(problem: string): FieldProblem {
  const key = KEY_AT_START.exec(problem)?.[0] ?? '';
  const steps = key.split(/[.[\]]+/).filter((step) => step !== '');
  return { pointer: steps.map((step) => `/${step}`).join(''), message: problem.slice(key.length).trimStart() };
}

/** One problem for every key of a section's `config` that its evaluator does not know. */
export function unknownKeys(section: EvaluatorSection, known: readonly string[]): readonly string[] {
  return Object.keys(section.config)
    .filter((key) => !known.includes(key))
    .map((key) => `config.${key.slice(0, 80)} is not known; ${thereIs(known)}`);
}
