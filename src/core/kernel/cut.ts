/** A text for a message or a log line, not endless: the first `most` UTF-16 units of it, and `…` where there is more. */
export function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
