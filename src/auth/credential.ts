import type { IncomingHttpHeaders } from 'node:http';

/** The key in a request's headers: `X-API-Key: …`, or `Authorization: Bearer …`. */
export function credentialOf(headers: IncomingHttpHeaders): string | undefined {
  const header = headers['x-api-key'];
  if (header !== undefined) return Array.isArray(header) ? header.join(', ') : header;
  const bearer = /^bearer +(.*)$/i.exec(headers.authorization ?? '');
  return bearer?.[1];
}
