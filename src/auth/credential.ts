import type { IncomingMessage } from 'node:http';

/**
 * The key in a request's headers: `X-API-Key: …`, or `Authorization: Bearer …`. A header that is there twice is joined to
 * what is no key: which of the two a proxy before this server looked at is not known.
 */
export function credentialOf({ rawHeaders }: IncomingMessage): string | undefined {
  const header = joined(rawHeaders, 'x-api-key');
  if (header !== undefined) return header;
  const authorization = joined(rawHeaders, 'authorization');
  if (authorization === undefined) return undefined;
  const bearer = /^bearer +(.*)$/i.exec(authorization);
  return bearer?.[1];
}

/** All values of a header. Not by `headersDistinct`, which keeps all headers once more as long as the request lasts. */
function joined(rawHeaders: readonly string[], name: string): string | undefined {
  let all: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [field = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]];
    if (field.length === name.length && field.toLowerCase() === name)
      all = all === undefined ? value : `${all}, ${value}`;
  }
  return all;
}
