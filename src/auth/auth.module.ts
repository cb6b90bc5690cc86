import { Global, Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule, DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { isLoopbackHost } from '../config/address.js';
import { isOpenDoor } from '../config/open-door.js';
import { ParleyConfig } from '../config/parley-config.js';
import { CLOCK, RATE_LIMITER } from '../core/ports/tokens.js';
import type { Clock } from '../core/ports/clock.js';
import type { KeySource } from '../core/ports/key-source.js';
import { LOGGER, type Logger } from '../telemetry/logger.js';
import { AccessGuard } from './access.guard.js';
import { Authenticator } from './authenticator.js';
import { checkPolicies } from './check-policies.js';
import { ConfigKeySource } from './config-key-source.js';
import { KeyFileSource } from './key-file/key-file-source.js';
import { AzureVault } from './key-vault/azure-vault.js';
import { KeyVaultSource, type KeyVaultSourceOptions } from './key-vault/key-vault-source.js';
import { KeyRing } from './key-ring.js';
import { MemoryRateLimiter } from './memory-rate-limiter.js';
import { OpenSockets } from './open-sockets.js';

/** Who may do what: the authenticator over all key sources, the guard over all routes, and the limits of callers. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    {
      provide: Authenticator,
      inject: [ParleyConfig, CLOCK],
      useFactory: (config: ParleyConfig, clock: Clock) =>
        new Authenticator({ clock, open: isOpenDoor(config), allow_anonymous: config.auth.allow_anonymous }),
    },
    {
      provide: KeyRing,
      inject: [ParleyConfig, Authenticator, CLOCK, LOGGER],
      useFactory: async (config: ParleyConfig, authenticator: Authenticator, clock: Clock, logger: Logger) => {
        const ring = new KeyRing({ sources: keySources(config, { clock, logger }), authenticator, clock, logger });
        await ring.start();
        return ring;
      },
    },
    { provide: RATE_LIMITER, inject: [CLOCK], useFactory: (clock: Clock) => new MemoryRateLimiter(clock) },
    OpenSockets,
    { provide: APP_GUARD, inject: [Reflector], useFactory: (reflector: Reflector) => new AccessGuard(reflector) },
  ],
  exports: [Authenticator, RATE_LIMITER, OpenSockets],
})
export class AuthModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(KeyRing) private readonly ring: KeyRing,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    checkPolicies({ discovery: this.discovery, scanner: this.scanner, reflector: this.reflector });
  }

  onApplicationShutdown(): void {
    this.ring.stop();
  }
}

/** The configured sources. A further one is a folder beside `key-file/` and a line here. */
function keySources(config: ParleyConfig, deps: { readonly clock: Clock; readonly logger: Logger }): KeySource[] {
  const { keys, keys_file } = config.auth;
  const warn = (message: string): void => deps.logger.warn(message);
  const vault = vaultSource(config, { clock: deps.clock, warn });
  return [
    new ConfigKeySource(keys),
    ...(keys_file === undefined ? [] : [new KeyFileSource({ path: keys_file, warn })]),
    ...(vault === undefined ? [] : [vault]),
  ];
}

function vaultSource(
  { auth, azure }: ParleyConfig,
  deps: Pick<KeyVaultSourceOptions, 'clock' | 'warn'>,
): KeySource | undefined {
  const { key_vault_url: url, api_key_secret_name: own, api_key_secret_prefix: prefix, refresh_seconds } = azure;
  const secrets = auth.keys.flatMap(({ secret, key: _key, ...rest }) =>
    secret === undefined ? [] : [{ secret, ...rest }],
  );
  if (own !== undefined) secrets.unshift({ secret: own, name: 'default' });
  if (url === undefined || (secrets.length === 0 && prefix === undefined)) return undefined;
  return new KeyVaultSource({
    ...deps,
    vault: new AzureVault({ url, on_loopback: isLoopbackHost(new URL(url).hostname) }),
    secrets,
    ...(prefix === undefined ? {} : { prefix }),
    refresh_seconds,
  });
}
