import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { Scope } from '../core/ports/key-source.js';

/** What a route asks of its callers. A route without a policy is closed to everybody. */
export type AccessPolicy = 'public' | Scope;

/** Metadata key of a route's policy. */
export const ACCESS = 'parley:access';

/** Sets who may call a route, or all routes of a controller. */
export const Access = (policy: AccessPolicy): CustomDecorator => SetMetadata(ACCESS, policy);
