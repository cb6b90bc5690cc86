import type { IncomingMessage } from 'node:http';

/**
 * The key in a request's headers: `X-API-Key: …`, or `Authorization: Bearer …`. A header that is there twice is joined to
 * what is no key: which of the two a proxy before this server looked at is not known.
 */
export function credentialOf({ headersDistinct }: IncomingMessage): string | undefined {
  const header = headersDistinct['x-api-key'];
  if (header !== undefined) return header.join(', ');
  const authorization = headersDistinct['authorization'];
  if (authorization === undefined) return undefined;
  const bearer = /^bearer +(.*)$/i.exec(authorization.join(', '));
  return bearer?.[1];
}
