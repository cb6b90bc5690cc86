/** A way in which a secret can be written. */
export interface SecretForm {
  readonly name: string;
  readonly text: string;
}

/** Shorter pieces are found by chance. */
const SHORTEST = 8;

/**
 * All ways in which a secret is looked for: as it is, as part of JSON, of a URL, of base64 at any of its three alignments,
 * and in hex.
 */
export function formsOf(secret: string): readonly SecretForm[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret);
  const base64 = [0, 1, 2].map((offset) => base64Middle(secret, offset));
  const forms: SecretForm[] = [
    { name: 'raw', text: secret },
    { name: 'JSON', text: json },
    { name: 'JSON', text: json.replaceAll('/', '\\/') },
    { name: 'URL', text: url },
    { name: 'URL', text: url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()) },
    { name: 'form', text: new URLSearchParams({ '': secret }).toString().slice(1) },
    { name: 'hex', text: Buffer.from(secret).toString('hex') },
    ...base64.map((text) => ({ name: 'base64', text })),
    ...base64.map((text) => ({ name: 'base64url', text: text.replaceAll('+', '-').replaceAll('/', '_') })),
  ];
  const long = forms.filter(({ text }) => text.length >= SHORTEST);
  return long.filter(({ text }, index) => long.findIndex((other) => other.text === text) === index);
}

/** The part of a base64 text that depends on the secret alone, when so many bytes stand before it in its group of three. */
function base64Middle(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const text = bytes.toString('base64').replace(/=+$/, '');
  const begin = [0, 2, 3][offset] ?? 0;
  return text.slice(begin, bytes.length % 3 === 0 ? undefined : -1);
}
