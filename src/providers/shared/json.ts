/** A parsed JSON object whose fields are not known yet. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** True for objects that are neither null nor arrays. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The parsed value, or undefined for what is no JSON (which has no undefined of its own). */
export function parseJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}

/** The object in that field, or undefined. */
export function recordIn(value: unknown, key: string): JsonRecord | undefined {
  const found = isRecord(value) ? value[key] : undefined;
  return isRecord(found) ? found : undefined;
}

/** The string in that field if it is not empty. */
export function textIn(value: unknown, key: string): string | undefined {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The list in that field, or an empty one. */
export function listIn(value: unknown, key: string): readonly unknown[] {
  const found = isRecord(value) ? value[key] : undefined;
  return Array.isArray(found) ? found : [];
}
