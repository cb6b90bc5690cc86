import type { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ParleyError } from '../core/kernel/parley-error.js';
import { ACCESS } from './access.js';

/** Nest's metadata key of what a handler answers. */
const METHOD = 'method';

export interface PolicyCheck {
  readonly discovery: DiscoveryService;
  readonly scanner: MetadataScanner;
  readonly reflector: Reflector;
}

/**
 * Looks at every route there is. The guard would close one without a policy; this keeps it from being forgotten.
 *
 * @throws ParleyError naming the handlers without `@Access`
 */
export function checkPolicies({ discovery, scanner, reflector }: PolicyCheck): void {
  const bare = discovery.getControllers().flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const prototype = metatype.prototype as Readonly<Record<string, unknown>>;
    return scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      if (typeof handler !== 'function' || !Reflect.hasMetadata(METHOD, handler)) return [];
      const policy: unknown = reflector.getAllAndOverride(ACCESS, [handler, metatype]);
      return policy === undefined ? [`${metatype.name}.${name}`] : [];
    });
  });
  if (bare.length > 0) throw new ParleyError('internal', `routes without @Access: ${bare.join(', ')}`);
}
