/** Injection token of `ChatLimits`. */
export const CHAT_LIMITS = Symbol('ChatLimits');

/** What bodies of chats may hold. */
export interface ChatLimits {
  /** Messages of a history. */
  readonly history_messages: number;
}
