import { Global, Module } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { ParleyConfig, type ClientKeyConfig } from '../config/parley-config.js';
import { CLOCK } from '../core/ports/tokens.js';
import type { Clock } from '../core/ports/clock.js';
import type { ApiKey } from '../core/ports/key-source.js';
import { AccessGuard } from './access.guard.js';
import { Authenticator } from './authenticator.js';

/** Who may do what: the authenticator over all key sources, and the guard over all routes. */
@Global()
@Module({
  providers: [
    {
      provide: Authenticator,
      inject: [ParleyConfig, CLOCK],
      useFactory: (config: ParleyConfig, clock: Clock): Authenticator => {
        const authenticator = new Authenticator({ clock, allow_anonymous: config.auth.allow_anonymous });
        authenticator.replace(config.auth.keys.flatMap(toApiKey));
        return authenticator;
      },
    },
    { provide: APP_GUARD, inject: [Reflector], useFactory: (reflector: Reflector) => new AccessGuard(reflector) },
  ],
  exports: [Authenticator],
})
export class AuthModule {}

/** A key of the environment or the configuration. One that names a secret is its vault's to give. */
function toApiKey({ name, key, scopes, expires }: ClientKeyConfig): ApiKey[] {
  if (key === undefined) return [];
  return [
    {
      name,
      key,
      ...(scopes === undefined ? {} : { scopes }),
      ...(expires === undefined ? {} : { expires_at: Date.parse(expires) }),
    },
  ];
}
