/** How a secret is shown. */
export const MASK = '***';

const SECRET_NAME =
  /(?:(?<!per_)keys?|secrets?|token|password|passwd|passphrase|authorization|credentials?|cookie|auth)$/i;
/** Named like a secret, but a switch. */
const NOT_SECRET: ReadonlySet<string> = new Set(['allow_query_key']);
/** Maps whose values are secrets whatever their keys are called. */
export const SECRET_MAPS: ReadonlySet<string> = new Set(['headers', 'env']);
const SECRET_FORM = /\b(?:(?:sk|pk|rk|gsk|ghp|xox[a-z])[-_]\S{6,}|(?:bearer|basic)\s+[\w.~+/=-]{12,})/gi;
const NAMED_SECRET = /((?:key|secret|token|password|authorization)["']?\s*[:=]\s*)\S.*/gis;

/** Whether a key, header or variable of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !NOT_SECRET.has(name);
}

/** Whether the value at this path must not be shown: by its own name, or as part of a secret map. */
export function isSecretPath(path: readonly (string | number)[]): boolean {
  const names = path.filter((step) => typeof step === 'string');
  const last = names.at(-1);
  return (last !== undefined && isSecretName(last)) || names.some((name) => SECRET_MAPS.has(name));
}

/** A text without what has the form of a secret: known kinds of keys, and user names and queries of addresses. */
export function maskForms(text: string): string {
  return text
    .replace(SECRET_FORM, MASK)
    .replace(/\/\/[^/\s@]*@/g, `//${MASK}@`)
    .replace(/(\/\/[^\s?]*\?)\S+/g, `$1${MASK}`);
}

/** A wrong value for a message: also without what follows a word such as `key:`. Too strict for prose. */
export function maskText(text: string): string {
  return maskForms(text).replace(NAMED_SECRET, `$1${MASK}`);
}
