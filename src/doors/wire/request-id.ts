import { randomUUID } from 'node:crypto';

const ids = new WeakMap<object, string>();

/** The id of a request: in its answer's `x-request-id`, in problem documents and in the log. */
export function requestId(request: object): string {
  const known = ids.get(request);
  if (known !== undefined) return known;
  const fresh = `req_${randomUUID()}`;
  ids.set(request, fresh);
  return fresh;
}
