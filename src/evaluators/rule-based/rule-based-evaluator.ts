import type { EvaluationScope } from '../../core/events/conversation-event.js';
import { ENVIRONMENT } from '../../core/multi-agent/aggregate.js';
import { TERMINATED } from '../../core/multi-agent/check-evaluation.js';
import type { Evaluation, EvaluationInput, Evaluator } from '../../core/ports/evaluator.js';
import { invalidSection, unknownKeys, type EvaluatorSection } from '../evaluator-section.js';

/** The document's own number. */
const STALE_TURNS = 2;

/** The numbers of the rules; core ends conversations by the same ones. */
interface Rules {
  /** Undefined: no number of its own. */
  readonly max_turn_number: number | undefined;
  /** 0: never stale. */
  readonly max_stale_turn: number;
}

/**
 * Says at the end which of its rules held, as one score of the environment. It does not end conversations: core does, by
 * the same numbers, also where nobody evaluates.
 */
export class RuleBasedEvaluator implements Evaluator {
  readonly scopes: readonly EvaluationScope[] = ['terminal'];

  constructor(
    readonly name: string,
    readonly type: string,
    private readonly rules: Rules,
  ) {}

  async evaluate(input: EvaluationInput): Promise<Evaluation> {
    const held = [whoLeft(input), wentStale(input, this.rules), turnsUsedUp(input, this.rules)].filter(
      (reason) => reason !== undefined,
    );
    const most = this.rules.max_turn_number === undefined ? '' : ` of at most ${this.rules.max_turn_number}`;
    const none = `none: after turn ${input.turn}${most} no rule ends the conversation`;
    const reasoning = held.length > 0 ? held.join('; ') : none;
    return {
      scores: [{ target: ENVIRONMENT, dimension: TERMINATED, score: held.length > 0, status: 'scored', reasoning }],
    };
  }
}

/** Builds a `rule_based` evaluator. @throws ParleyError `config_invalid` */
export function buildRuleBasedEvaluator(section: EvaluatorSection): Evaluator {
  const problems = [...unknownKeys(section, ['max_turn_number', 'max_stale_turn'])];
  const whole = (key: string, least: number): number | undefined => {
    const value = section.config[key] ?? undefined;
    if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= least))
      return value;
    problems.push(`config.${key} must be a whole number from ${least}`);
  };
  const max_turn_number = whole('max_turn_number', 1);
  const max_stale_turn = whole('max_stale_turn', 0) ?? STALE_TURNS;
  if (problems.length > 0) throw invalidSection(section, problems);
  return new RuleBasedEvaluator(section.name, section.type, { max_turn_number, max_stale_turn });
}

function whoLeft({ agents, left }: EvaluationInput): string | undefined {
  if (agents.length - left.length >= Math.min(2, agents.length)) return undefined;
  return `left: ${left.join(' and ')} left the conversation`;
}

function wentStale({ messages }: EvaluationInput, { max_stale_turn: needed }: Rules): string | undefined {
  const last = messages.slice(-needed);
  if (needed === 0 || last.length < needed || !last.every(isStale)) return undefined;
  return `stale: nobody did anything in the last ${needed === 1 ? 'turn' : `${needed} turns`}`;
}

function turnsUsedUp({ turn }: EvaluationInput, { max_turn_number: most }: Rules): string | undefined {
  if (most === undefined || turn < most) return undefined;
  return `max_turns: the ${most === 1 ? 'one turn of the rule is' : `${most} turns of the rule are`} over`;
}

function isStale(turn: EvaluationInput['messages'][number]): boolean {
  return turn.length > 0 && turn.every(([sender, text]) => text === `${sender} did nothing`);
}
