declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** `conv_` + UUIDv7. Names a conversation inside its tenant; never a credential. */
export type ConversationId = Branded<'ConversationId'>;
/** `run_` + UUIDv7. One stretch of work in a conversation; `task_id` on JSON-RPC. */
export type RunId = Branded<'RunId'>;
/** `msg_` + UUIDv7. */
export type MessageId = Branded<'MessageId'>;
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

/** Names one conversation of one tenant: every call to a store carries both. */
export interface ConversationRef {
  readonly tenant: Tenant;
  readonly conversation_id: ConversationId;
}
