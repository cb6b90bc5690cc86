/**
 * The key in a first message `{"type":"auth","data":{"api_key":"…"}}`.
 *
 * @returns undefined if it is anything else
 */
export function readAuthMessage(message: Buffer): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(message.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isRecord(parsed) || parsed['type'] !== 'auth' || !isRecord(parsed['data'])) return undefined;
  const key = parsed['data']['api_key'];
  return typeof key === 'string' ? key : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
