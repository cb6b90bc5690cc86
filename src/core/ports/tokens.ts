/** Injection tokens of what is an interface in core: their providers build the plugin that the configuration names. */
export const STORE = Symbol('ConversationStore');
export const MODELS = Symbol('Models');
export const EVALUATORS = Symbol('Evaluators');
export const CLOCK = Symbol('Clock');
export const IDS = Symbol('IdSource');
