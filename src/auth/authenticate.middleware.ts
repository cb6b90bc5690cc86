import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Authenticator } from './authenticator.js';
import { setCaller } from './caller.js';
import { credentialOf } from './credential.js';
import { isPublicPath } from './public-paths.js';

/**
 * Authenticates every request before anything looks at its path or body, known address or not. An error goes to `next`.
 *
 * @param basePath where the server stands behind a proxy; taken off before the path is looked at
 */
export function authenticate(authenticator: Authenticator, basePath = ''): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction): void => {
    const path =
      basePath !== '' && request.path.startsWith(basePath) ? request.path.slice(basePath.length) || '/' : request.path;
    try {
      setCaller(request, authenticator.authenticate(credentialOf(request.headers)));
      next();
    } catch (error) {
      if (isPublicPath(path)) next();
      else next(error);
    }
  };
}
