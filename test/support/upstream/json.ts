/** A parsed JSON object whose fields are not known yet. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** True for objects that are neither null nor arrays. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object in that field, or an empty one. */
export function recordAt(value: unknown, key: string): JsonRecord {
  const found = isRecord(value) ? value[key] : undefined;
  return isRecord(found) ? found : {};
}

/** The string in that field, or an empty one. */
export function textAt(value: unknown, key: string): string {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : '';
}

/** The list in that field, or an empty one. */
export function listAt(value: unknown, key: string): readonly unknown[] {
  const found = isRecord(value) ? value[key] : undefined;
  return Array.isArray(found) ? found : [];
}

/** The number in that field, if it is one. */
export function numberAt(value: unknown, key: string): number | undefined {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === 'number' ? found : undefined;
}

/** The parsed value, or undefined for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}

/** All JSON objects that stand in a text, outermost ones only, in order. */
export function jsonObjectsIn(text: string): JsonRecord[] {
  const found: JsonRecord[] = [];
  let at = text.indexOf('{');
  while (at >= 0) {
    const end = endOfObject(text, at);
    const parsed = end > at ? parseJson(text.slice(at, end)) : undefined;
    if (isRecord(parsed)) found.push(parsed);
    at = text.indexOf('{', isRecord(parsed) ? end : at + 1);
  }
  return found;
}

function endOfObject(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return i + 1;
  }
  return -1;
}
