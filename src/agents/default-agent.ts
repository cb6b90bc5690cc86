import { AGENT_DEFAULTS, type AgentSpec } from '../core/agent/agent-spec.js';

/** Key of the agent that answers when none is named. */
export const DEFAULT_AGENT = 'default';

/** The agent `default` where the configuration defines none: all tools, the default model. */
export const USUAL_AGENT: AgentSpec = {
  ...AGENT_DEFAULTS,
  key: DEFAULT_AGENT,
  name: 'DefaultAssistant',
  instructions:
    'You are a friendly and helpful assistant. Answer clearly and to the point, in the language you are spoken to. Use ' +
    'your tools when they help, and say so when you do not know something.',
};
