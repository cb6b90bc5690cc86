/** How upstreams say that a prompt is longer than the context window of the model, in lower case. */
const SAID: readonly RegExp[] = [
  /context_length_exceeded|context_window_exceeded|model_context_window_exceeded/,
  /context[ _](?:length|window|size)/,
  /prompt is too long|prompt too long|input is too long|request_too_large/,
  /exceeds the maximum (?:number of tokens|prompt length)|maximum prompt length is/,
  /exceeds? (?:the )?(?:model'?s? )?(?:max(?:imum)? )?(?:input )?token (?:limit|count)|token limit exceeded|exceeded model token limit/,
  /input token count[^.]{0,80}exceeds/,
  /reduce the length of the messages/,
  /too many (?:input )?tokens in/,
];

/** Characters of a text that are looked through: complaints are short. */
const LOOKED_THROUGH = 4_096;

/** Whether a text, an upstream's or ours, says that the prompt was too long for the model. */
export function saysOverflow(text: string): boolean {
  const complaint = text.slice(0, LOOKED_THROUGH).toLowerCase();
  return SAID.some((pattern) => pattern.test(complaint));
}
