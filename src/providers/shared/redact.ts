const LONGEST = 2048;

/** A cause for the log, cut, without the secrets that an upstream may have repeated in it. */
export function redact(cause: unknown, secrets: readonly string[]): unknown {
  if (typeof cause !== 'object' || cause === null || cause instanceof Error) return cause;
  let json = JSON.stringify(cause);
  for (const secret of secrets) json = json.replaceAll(JSON.stringify(secret).slice(1, -1), '[redacted]');
  const cleaned: unknown = JSON.parse(json, (_key, value: unknown) =>
    typeof value === 'string' ? value.slice(0, LONGEST) : value,
  );
  return cleaned;
}
