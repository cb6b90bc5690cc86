/** Injection token of `PromptSettings`. */
export const PROMPT_SETTINGS = Symbol('PromptSettings');

/** How prompts are answered. */
export interface PromptSettings {
  /** System messages by role. */
  readonly system_prompts: Readonly<Record<string, string>>;
  /** Passes of an answer that is improved; 0: answers are not improved. */
  readonly passes: number;
  /** Messages of a history. */
  readonly history_messages: number;
}
