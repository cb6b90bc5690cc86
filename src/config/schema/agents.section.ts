import { anyText, decimal, Key, listOf, text, wholeNumber } from './rules.js';

/** One entry of `agents:`. */
export class AgentSection {
  /** Shown to people. */
  @Key(text()) name?: string;
  @Key(anyText()) instructions?: string;
  @Key(text('the name of a model')) model?: string;
  /** Names of tools. Not given: those every agent has. */
  @Key(listOf(text('the name of a tool'))) tools?: string[];
  @Key(wholeNumber(1, 64)) max_parallel_tools = 5;
  @Key(decimal(0.001, 86_400, 'seconds')) tool_call_timeout = 30;
  @Key(wholeNumber(0, 1000)) max_tool_rounds = 10;
}
