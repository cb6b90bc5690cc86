import { cut } from './core/kernel/cut.js';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { authenticate } from './auth/authenticate.middleware.js';
import { Authenticator } from './auth/authenticator.js';
import { boundToKey } from './auth/bound-to-key.js';
import { limitRate } from './auth/rate-limit.middleware.js';
import { isUnlimited } from './config/open-door.js';
import type { ParleyConfig } from './config/parley-config.js';
import type { RateLimiter } from './core/ports/rate-limiter.js';
import type { Clock } from './core/ports/clock.js';
import { CLOCK, RATE_LIMITER } from './core/ports/tokens.js';
import { SocketIoAdapter } from './doors/socketio/socketio.adapter.js';
import { SocketIoHandshake } from './doors/socketio/socketio-handshake.js';
import { allowedMethods, type Routed } from './doors/wire/allowed-methods.js';
import { checkRequest, stripBasePath } from './doors/wire/check-request.js';
import { cors, refuseForeignPages } from './doors/wire/cors.js';
import { isLoopbackAddress } from './doors/wire/loopback.js';
import { OriginPolicy } from './doors/wire/origins.js';
import { ProblemFilter, type ReportError } from './doors/wire/problem.filter.js';
import { readBody } from './doors/wire/read-body.js';
import { requestId } from './doors/wire/request-id.js';
import { limitServer } from './doors/wire/server-limits.js';
import { validationPipe } from './doors/wire/validation.js';
import type { Logger } from './telemetry/logger.js';
import { Metrics } from './telemetry/metrics.js';
import { measureRequests } from './telemetry/request-metrics.js';

/** Characters of a path that the log shows. */
const LOGGED_PATH = 200;
/** Characters of a message that the log shows. */
const LOGGED_MESSAGE = 8_192;

/** Throws to refuse a request; one that answers it itself ends it. */
type RequestStep = (request: Request, response: Response) => void | Promise<void>;

/** Pipes, filters and parsers that hold for every route: in production and in tests alike. */
export function setUpApp(app: NestExpressApplication, config: ParleyConfig, logger: Logger): void {
  const express = app.getHttpAdapter().getInstance() as unknown as Routed;
  const authenticator = app.get(Authenticator);
  const report = reportTo(logger, (text) => authenticator.maskKeys(text));
  const filter = new ProblemFilter(report, (request) => allowedMethods(express, request.path));
  app.set('x-powered-by', false);
  app.set('etag', false);
  const measure = measureRequests(app.get(Metrics));
  const steps = stepsOf(app, config);
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 awaits its handlers
  app.use(async (request: Request, response: Response, next: NextFunction) => {
    measure(request, response);
    response.setHeader('x-request-id', requestId(request));
    response.setHeader('x-content-type-options', 'nosniff');
    try {
      for (const step of steps) {
        const done = step(request, response);
        if (done !== undefined) await done;
        if (response.writableEnded) return;
      }
    } catch (error) {
      // Straight to the filter: Nest would make another error of what a middleware passes on.
      filter.answer(error, request, response);
      return;
    }
    next();
  });
  limitServer(app.getHttpServer(), (error) =>
    logger.debug({ code: error.code, reason: causeOf(error) }, error.message),
  );
  app.useWebSocketAdapter(
    new SocketIoAdapter(app, {
      handshake: app.get(SocketIoHandshake),
      origins: new OriginPolicy(config.server.cors_origins),
      base_path: config.server.base_path,
      limits: config.limits,
      now: () => app.get<Clock>(CLOCK).now(),
    }),
  );
  app.useGlobalPipes(validationPipe(config.limits.history_messages));
  app.useGlobalFilters(filter);
}

/** What every request passes, in this order: nothing of it is looked at before it is known who makes it. */
function stepsOf(app: NestExpressApplication, config: ParleyConfig): RequestStep[] {
  const { limits, server } = config;
  const limiter = app.get<RateLimiter>(RATE_LIMITER);
  const origins = new OriginPolicy(server.cors_origins);
  return [
    checkRequest({ loopback: isLoopbackAddress(server.host) }),
    stripBasePath(server.base_path),
    cors(origins),
    authenticate({
      authenticator: app.get(Authenticator),
      limiter,
      wrong_keys_per_minute: limits.wrong_keys_per_minute,
      allow_query_key: config.auth.allow_query_key,
    }),
    boundToKey(app.get(Authenticator)),
    refuseForeignPages(origins),
    limitRate({ limiter, per_minute: limits.requests_per_minute, count_anonymous: !isUnlimited(config) }),
    readBody({
      body_bytes: limits.body_bytes,
      message_bytes: limits.message_bytes,
      depth: limits.json_depth,
      nodes: limits.json_nodes,
      keys: limits.json_keys,
    }),
  ];
}

/** Neither headers nor queries are written down, and of a path no more than anybody needs. */
function reportTo(logger: Logger, mask: (text: string) => string): ReportError {
  return (error, { method, path, request_id }) => {
    // To look for keys takes more time than all the rest.
    if (!logger.isLevelEnabled(error.level)) return;
    const line = { method, path: mask(cut(path, LOGGED_PATH)), request_id, code: error.code };
    logger[error.level](
      { ...line, ...(error.level === 'error' ? { err: error } : {}) },
      mask(shortened(error.message)),
    );
  };
}

/** To look for keys in it takes time for each word. No part of a word is left at the end: it may be that of a key. */
function shortened(message: string): string {
  if (message.length <= LOGGED_MESSAGE) return message;
  return `${message.slice(0, Math.max(0, message.lastIndexOf(' ', LOGGED_MESSAGE)))}…`;
}

function causeOf({ cause }: Error): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown';
}
