/** Names that an error text lists at most. */
const NAMES = 20;
/** Characters of them at most. */
const CHARS = 1_000;

/** `there is a`, `there are a, b, c` for an error text: what there is to choose from, in part if that is long. */
export function thereIs(names: readonly string[]): string {
  const shown: string[] = [];
  let chars = 0;
  for (const name of names.slice(0, NAMES)) {
    chars += name.length;
    if (chars > CHARS) break;
    shown.push(name);
  }
  const more = names.length - shown.length;
  if (names.length === 0) return 'there is none';
  if (shown.length === 0) return more === 1 ? 'there is one' : `there are ${more}`;
  return `${names.length === 1 ? 'there is' : 'there are'} ${shown.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}
