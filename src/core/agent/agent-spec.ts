/**
 * A chat agent: what answers, with which tools. From the configuration (`agents:`), or made at run time by a key, whose
 * tenant then owns it. A run keeps the agent as it was at the run's start.
 */
export interface AgentSpec {
  /** Unique in its tenant; what clients name it by. */
  readonly key: string;
  /** For people. */
  readonly name: string;
  /** The system message; absent or empty: none. */
  readonly instructions?: string;
  /** A configured model, or a name that the environment's provider is given; absent: the default model. */
  readonly model?: string;
  /** Names of tools; absent: all there are. */
  readonly tools?: readonly string[];
  /** Calls of one answer that run at the same time, 1 or more. */
  readonly max_parallel_tools: number;
  /** Seconds a call may take, each on its own clock. */
  readonly tool_call_timeout: number;
  /** Answers with tool calls in one run; one more fails it. */
  readonly max_tool_rounds: number;
}

/** What an agent has where nothing is said. */
export const AGENT_DEFAULTS = {
  name: 'Assistant',
  max_parallel_tools: 5,
  tool_call_timeout: 30,
  max_tool_rounds: 10,
} as const satisfies Partial<AgentSpec>;
