import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

/** Where Nest logs an error of the start before it throws it: whoever started the server tells it, once. */
const THROWN_TOO: ReadonlySet<unknown> = new Set(['ExceptionHandler', 'NestApplication']);

/** Nest's own messages in the process's log: what it does at start is debug output. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug({ context: rest.at(-1) }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    this.logger[THROWN_TOO.has(context) ? 'debug' : 'error']({ context }, String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn({ context: rest.at(-1) }, String(message));
  }
}
