declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `conv_` + UUIDv7. Names a conversation inside its tenant; never a credential. */
export type ConversationId = Branded<'ConversationId'>;
/** `run_` + UUIDv7. One stretch of work in a conversation; `task_id` on JSON-RPC. */
export type RunId = Branded<'RunId'>;
/** `msg_` + UUIDv7. */
export type MessageId = Branded<'MessageId'>;
/** `sess_` + the UUID of its conversation. Names a session of a JSON-RPC client; never a credential. */
export type SessionId = Branded<'SessionId'>;
/** The owner of what a key creates: the key's name, or `anonymous` where no keys are configured. */
export type Tenant = Branded<'Tenant'>;

/** The tenant of every caller while no key is configured. */
export const ANONYMOUS = 'anonymous' as Tenant;

const PATTERN = /^(conv|run|msg|sess)_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function hasPrefix(text: string, prefix: string): boolean {
  return text.startsWith(prefix) && PATTERN.test(text);
}

/** Whether a text from outside has the form of a conversation id. */
export function isConversationId(text: string): text is ConversationId {
  return hasPrefix(text, 'conv_');
}

/** Whether a text from outside has the form of a run id. */
export function isRunId(text: string): text is RunId {
  return hasPrefix(text, 'run_');
}

/** Whether a text from outside has the form of a session id. */
export function isSessionId(text: string): text is SessionId {
  return hasPrefix(text, 'sess_');
}

/** The session that a conversation is. */
export function sessionIdOf(id: ConversationId): SessionId {
  return `sess_${id.slice('conv_'.length)}` as SessionId;
}

/** The conversation that a session is. */
export function conversationIdOf(id: SessionId): ConversationId {
  return `conv_${id.slice('sess_'.length)}` as ConversationId;
}

/** Names one conversation of one tenant: every call to a store carries both. */
export interface ConversationRef {
  readonly tenant: Tenant;
  readonly conversation_id: ConversationId;
}
