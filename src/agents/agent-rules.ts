import type { AgentSpec } from '../core/agent/agent-spec.js';
import { ParleyError, type FieldProblem } from '../core/kernel/parley-error.js';
import { thereIs } from '../core/kernel/there-is.js';
import type { Models } from '../core/ports/models.js';
import type { Tools } from '../core/ports/tool.js';

export interface AgentRulesDeps {
  readonly models: Pick<Models, 'names'>;
  readonly tools: Pick<Tools, 'names'>;
  /** Name of the model that takes names which nobody configured, if there is one. */
  readonly environment_model?: string;
}

const KEY = /^\w[\w.-]{0,63}$/;

/** What an agent made at run time may be. Names of models and tools are checked when it is made, and again by each run. */
export class AgentRules {
  constructor(private readonly deps: AgentRulesDeps) {}

  /** Names of all tools there are. */
  get tools(): readonly string[] {
    return this.deps.tools.names();
  }

  /** @throws ParleyError `invalid_request` that names every field with what is allowed */
  check(agent: AgentSpec): void {
    const problems = [...this.#keyProblems(agent), ...this.#modelProblems(agent), ...this.#toolProblems(agent)];
    if (problems.length === 0) return;
    throw new ParleyError('invalid_request', problems.map(({ message }) => message).join('; '), { problems });
  }

  #keyProblems({ key }: AgentSpec): FieldProblem[] {
    if (KEY.test(key)) return [];
    return [
      {
        pointer: '',
        message:
          'the key of an agent must be 1 to 64 letters, digits, _, - and dots, and begin with a letter, a digit or _',
      },
    ];
  }

  #modelProblems({ model }: AgentSpec): FieldProblem[] {
    const names = this.deps.models.names();
    if (model === undefined || this.deps.environment_model !== undefined || names.includes(model)) return [];
    return [{ pointer: '/model', message: `model "${model}" is not known; ${thereIs(names)}` }];
  }

  #toolProblems({ tools = [] }: AgentSpec): FieldProblem[] {
    const names = this.tools;
    return tools.flatMap((tool, index) =>
      names.includes(tool)
        ? []
        : [
            {
              pointer: `/tools/${index}`,
              message: `tool "${tool}" is not known; ${thereIs(names)}`,
            },
          ],
    );
  }
}
