import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { ParleyError } from '../core/kernel/parley-error.js';
import { ACCESS, type AccessPolicy } from './access.js';
import { callerOf } from './caller.js';

/** Lets a caller through to a route only if the route's policy says so. Deny by default: no policy, no entry. */
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const policy = this.reflector.getAllAndOverride<AccessPolicy | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (policy === 'public') return true;
    if (policy === undefined) throw new ParleyError('forbidden', 'this address is closed', { level: 'error' });
    const caller = callerOf(context.switchToHttp().getRequest<object>());
    if (caller === undefined)
      throw new ParleyError('unauthenticated', 'send an API key as X-API-Key: … or Authorization: Bearer …');
    if (!caller.scopes.includes(policy))
      throw new ParleyError('forbidden', `the API key is not allowed to do this (it lacks the scope "${policy}")`);
    return true;
  }
}
