import { Catch, HttpException, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ParleyError, toParleyError, type ErrorCode } from '../../core/kernel/parley-error.js';
import { callerOf } from '../../auth/caller.js';
import { ERROR_TABLE } from './error-table.js';
import { speaksJsonRpc, unreadable } from './json-rpc.js';
import { speaksOpenAi, toOpenAi } from './openai-error.js';
import { toProblem } from './problem.js';
import { requestId } from './request-id.js';

/** Writes the log line of a failed request. */
export type ReportError = (
  error: ParleyError,
  about: { readonly method: string; readonly path: string; readonly request_id: string },
) => void;

const BY_STATUS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  400: ['malformed_request', 'the request is malformed'],
  404: ['not_found', 'there is nothing at this address'],
  405: ['method_not_allowed', 'this address does not take that method'],
  406: ['not_acceptable', 'there is no representation of this that you accept'],
  413: ['payload_too_large', 'the body is too large'],
  415: ['unsupported_media_type', 'send the body as application/json, in UTF-8'],
};

/** The single place where an error becomes an HTTP answer: problem+json, and nothing of its cause. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  /** @param methodsAt the methods that are taken at the path of a request */
  constructor(
    private readonly report: ReportError,
    private readonly methodsAt: (request: Request) => readonly string[] = () => [],
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<Request>(), http.getResponse<Response>());
  }

  /** Also for what fails before Nest routes a request. */
  answer(thrown: unknown, request: Request, response: Response): void {
    // What Nest itself does not find may be there for another method.
    const methods = thrown instanceof NotFoundException ? this.methodsAt(request) : [];
    if (methods.length > 0) response.set('allow', methods.join(', '));
    if (methods.length > 0 && request.method === 'OPTIONS') {
      response.status(204).end();
      return;
    }
    const error = methods.length > 0 ? otherMethod(methods) : fromThrown(thrown);
    const request_id = requestId(request);
    this.report(error, { method: request.method, path: request.path, request_id });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error.retryAfter !== undefined) response.set('retry-after', String(Math.ceil(error.retryAfter)));
    if (speaksOpenAi(request.path)) {
      const { status, headers, body } = toOpenAi(error, callerOf(request) !== undefined);
      response.status(status).set(headers).json(body);
      return;
    }
    if (speaksJsonRpc(request.path, error)) {
      response.status(400).type('application/json').send(unreadable(error));
      return;
    }
    response
      .status(ERROR_TABLE[error.code].http)
      .type('application/problem+json')
      .send(JSON.stringify(toProblem(error, request_id, request.path)));
  }
}

/** What Nest, Express and its body parser throw, as an error of ours. */
export function fromThrown(thrown: unknown): ParleyError {
  if (thrown instanceof ParleyError) return thrown;
  const status = thrown instanceof HttpException ? thrown.getStatus() : statusOf(thrown);
  const known = status === undefined ? undefined : BY_STATUS[status];
  if (known === undefined) return toParleyError(thrown);
  return new ParleyError(known[0], known[1], { cause: thrown });
}

function otherMethod(methods: readonly string[]): ParleyError {
  return new ParleyError('method_not_allowed', `this address takes ${methods.join(', ')} only`);
}

function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('status' in thrown)) return undefined;
  return typeof thrown.status === 'number' ? thrown.status : undefined;
}
