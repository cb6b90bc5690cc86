/** Injection tokens of what is an interface in core: their providers build the plugin that the configuration names. */
export const STORE = Symbol('ConversationStore');
export const MODELS = Symbol('Models');
export const EVALUATORS = Symbol('Evaluators');
/** Names of all evaluator types there are, built-in and registered. */
export const EVALUATOR_TYPES = Symbol('EvaluatorTypes');
/** The tools of this server, `Tools`. */
export const TOOLS = Symbol('Tools');
/** How arguments are checked against the schema of a tool, `CheckArguments`. */
export const CHECK_ARGUMENTS = Symbol('CheckArguments');
/** What is wrong with the schema of a tool itself, `SchemaProblem`. */
export const SCHEMA_PROBLEM = Symbol('SchemaProblem');
export const CLOCK = Symbol('Clock');
export const IDS = Symbol('IdSource');
export const RATE_LIMITER = Symbol('RateLimiter');
