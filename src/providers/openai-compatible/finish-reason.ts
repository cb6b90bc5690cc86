/**
 * What an upstream's finish reason means. `filtered`: its content filter stopped the answer. `exhausted`: it had to
 * stop for want of resources. A reason that is not listed is no end we know: the answer counts as failed.
 */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'filtered' | 'exhausted';

const MEANINGS: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ['stop', 'stop'],
  ['end', 'stop'],
  ['end_turn', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['stop_sequence', 'stop'],
  ['complete', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['tool_call', 'tool_calls'],
  ['content_filter', 'filtered'],
  ['safety', 'filtered'],
  ['insufficient_system_resource', 'exhausted'],
]);

/** The meaning of a finish reason as the upstream wrote it. */
export function meaningOf(reason: string): FinishReason | undefined {
  return MEANINGS.get(reason.toLowerCase());
}
