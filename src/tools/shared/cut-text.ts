/** UTF-16 units of what one tool call gives. What a model is shown of it is bounded further, by the configuration. */
export const MAX_CONTENT = 1_048_576;

/** A text of at most `length` units, with a mark where it was cut. */
export function cutText(text: string, length = MAX_CONTENT): string {
  if (text.length <= length) return text;
  const mark = `\n… (${text.length - length} more characters were cut)`;
  const end = /[\uD800-\uDBFF]$/.test(text.slice(0, length)) ? length - 1 : length;
  return text.slice(0, end) + mark;
}
