import type { NestExpressApplication } from '@nestjs/platform-express';
import { json, type NextFunction, type Request, type Response } from 'express';
import { authenticate } from './auth/authenticate.middleware.js';
import { Authenticator } from './auth/authenticator.js';
import { ParleyError } from './core/kernel/parley-error.js';
import { checkDepth } from './doors/wire/json-body.js';
import { isLoopbackHost } from './doors/wire/loopback.js';
import { ProblemFilter } from './doors/wire/problem.filter.js';
import { requestId } from './doors/wire/request-id.js';
import { validationPipe } from './doors/wire/validation.js';
import type { Logger } from './telemetry/logger.js';

export interface SetupOptions {
  readonly logger: Logger;
  /** Bytes of a request body. */
  readonly body_bytes: number;
  readonly json_depth: number;
  /** Whether the server listens on loopback only: then a request must name a loopback host. */
  readonly loopback: boolean;
}

/** Pipes, filters and parsers that hold for every route: in production and in tests alike. */
export function setUpApp(app: NestExpressApplication, options: SetupOptions): void {
  const { logger } = options;
  const filter = new ProblemFilter((error, about) => {
    const line = { ...about, code: error.code, ...(error.level === 'error' ? { err: error } : {}) };
    logger[error.level](line, error.message);
  });
  app.set('x-powered-by', false);
  app.set('etag', false);
  app.use((request: Request, response: Response, next: NextFunction) => {
    response.set({ 'x-request-id': requestId(request), 'x-content-type-options': 'nosniff' });
    if (options.loopback && !isLoopbackHost(request.headers.host)) {
      const detail = 'this server listens on this machine only: use localhost or 127.0.0.1 as the host';
      filter.answer(new ParleyError('misdirected_request', detail), request, response);
      return;
    }
    next();
  });
  const parse = json({
    limit: options.body_bytes,
    // null, numbers and lists are JSON too: they get the validation's answer, not the parser's.
    strict: false,
    verify: (_request, _response, bytes) => checkDepth(bytes, options.json_depth),
  });
  for (const step of [authenticate(app.get(Authenticator)), requireJson, parse]) {
    app.use((request: Request, response: Response, next: NextFunction) => {
      // Straight to the filter: Nest would make another error of what a middleware passes on.
      step(request, response, (error?: unknown) => {
        if (error === undefined) next();
        else filter.answer(error, request, response);
      });
    });
  }
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(filter);
}

/** A body that is there must say that it is JSON. */
function requireJson(request: Request, _response: Response, next: NextFunction): void {
  const has = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (has && request.is('application/json') === false) {
    next(new ParleyError('unsupported_media_type', 'send the body as application/json, in UTF-8'));
  } else next();
}
