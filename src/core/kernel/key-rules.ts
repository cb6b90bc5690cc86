const KEY_NAME = /^[\w.@-]{1,64}$/;
const TIME = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?)?$/;

/** Whether a text can name a key: the name is its tenant and stands in logs. `anonymous` is the tenant of nobody's key. */
export function isKeyName(name: string): boolean {
  return KEY_NAME.test(name) && name !== 'anonymous';
}

/** Whether a text is a day or a time at which a key can expire, such as `2027-01-31` or `2027-01-31T12:00:00Z`. */
export function isTime(text: string): boolean {
  return TIME.test(text) && !Number.isNaN(Date.parse(text));
}
