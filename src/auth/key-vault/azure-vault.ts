import type { SecretClient, SecretClientOptions, SecretProperties } from '@azure/keyvault-secrets';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { unlessAborted } from '../../core/kernel/unless-aborted.js';
import type { SecretVersion, Vault } from './vault.js';
import { vaultError, vaultTimeout } from './vault-errors.js';

/** One request, ms. */
const REQUEST_MS = 3_000;
/** Of a call that was not answered at all, or with 429 or 5xx; a `Retry-After` is heeded. */
const RETRIES = 2;
const RETRY_DELAY_MS = 200;
const LONGEST_RETRY_DELAY_MS = 2_000;
/** Entries of a listing: beyond it something is wrong. */
const MOST_LISTED = 10_000;

export interface AzureVaultOptions {
  /** https. */
  readonly url: string;
  /**
   * The vault is an emulator on this machine: it cannot name its own domain in the challenge, so that is not checked. For
   * any other a challenge for a foreign domain is refused, lest the token goes to whoever pretends to be the vault.
   */
  readonly on_loopback: boolean;
}

interface Options {
  readonly abortSignal: AbortSignal;
}

type Policy = NonNullable<SecretClientOptions['additionalPolicies']>[number]['policy'];

/**
 * An Azure Key Vault by Microsoft's own client, as whoever `DefaultAzureCredential` finds this server to be. The client is
 * loaded with the first call: a server without a vault does not pay for it.
 */
export class AzureVault implements Vault {
  #client: Promise<SecretClient> | undefined;

  constructor(private readonly options: AzureVaultOptions) {}

  get url(): string {
    return this.options.url;
  }

  names(signal: AbortSignal): Promise<readonly string[]> {
    return this.#ask('the list of secrets', signal, async (client, options) => {
      const listed = await collect(client.listPropertiesOfSecrets(options));
      // A certificate's private key is listed as a secret too.
      return listed.filter(({ managed }) => managed !== true).map(({ name }) => name);
    });
  }

  async versions(name: string, signal: AbortSignal): Promise<readonly SecretVersion[]> {
    const what = `the secret "${name}"`;
    const listed = await this.#ask(what, signal, (client, options) =>
      collect(client.listPropertiesOfSecretVersions(name, options)),
    );
    // A secret that is not there has no versions, and no 404 either.
    if (listed.length === 0)
      throw new ParleyError('not_found', `there is no ${what.slice(4)} in the vault ${this.url}`);
    return listed.map(toVersion);
  }

  value(name: string, version: string, signal: AbortSignal): Promise<string> {
    return this.#ask(`the secret "${name}"`, signal, async (client, options) => {
      const { value } = await client.getSecret(name, { ...options, version });
      return value ?? '';
    });
  }

  /** A request that nobody answers is sent once more; the other retries are the client's own. */
  async #ask<T>(
    what: string,
    signal: AbortSignal,
    call: (client: SecretClient, options: Options) => Promise<T>,
  ): Promise<T> {
    const attempt = async (): Promise<T> => call(await this.#open(), { abortSignal: signal });
    const ask = async (): Promise<T> => {
      try {
        return await attempt();
      } catch (error) {
        if (vaultError(this.url, what, error).code !== 'upstream_timeout' || signal.aborted) throw error;
        return attempt();
      }
    };
    try {
      return await unlessAborted(ask(), signal, () => vaultTimeout(this.url, what));
    } catch (error) {
      throw vaultError(this.url, what, error);
    }
  }

  #open(): Promise<SecretClient> {
    this.#client ??= open(this.options).catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }
}

async function open({ url, on_loopback }: AzureVaultOptions): Promise<SecretClient> {
  const [{ SecretClient: Client }, { DefaultAzureCredential }] = await Promise.all([
    import('@azure/keyvault-secrets'),
    import('@azure/identity'),
  ]);
  return new Client(url, new DefaultAzureCredential(), {
    disableChallengeResourceVerification: on_loopback,
    additionalPolicies: [{ policy: deadline, position: 'perRetry' }],
    retryOptions: {
      maxRetries: RETRIES,
      retryDelayInMs: RETRY_DELAY_MS,
      maxRetryDelayInMs: LONGEST_RETRY_DELAY_MS,
    },
  });
}

/** Bounds each request, its body too. The client's own `timeout` bounds the head only. */
const deadline: Policy = {
  name: 'deadline',
  async sendRequest(request, next) {
    const { abortSignal } = request;
    const late = AbortSignal.timeout(REQUEST_MS);
    request.abortSignal = abortSignal === undefined ? late : AbortSignal.any([abortSignal as AbortSignal, late]);
    try {
      return await next(request);
    } finally {
      if (abortSignal === undefined) delete request.abortSignal;
      else request.abortSignal = abortSignal;
    }
  },
};

async function collect(pages: AsyncIterable<SecretProperties>): Promise<SecretProperties[]> {
  const all: SecretProperties[] = [];
  for await (const properties of pages) {
    all.push(properties);
    if (all.length >= MOST_LISTED)
      throw new ParleyError('upstream_invalid', `the vault lists more than ${MOST_LISTED}`);
  }
  return all;
}

function toVersion({ version, enabled, createdOn, notBefore, expiresOn }: SecretProperties): SecretVersion {
  return {
    id: version ?? '',
    enabled: enabled !== false,
    created_at: createdOn?.getTime() ?? 0,
    ...(notBefore === undefined ? {} : { not_before: notBefore.getTime() }),
    ...(expiresOn === undefined ? {} : { expires_at: expiresOn.getTime() }),
  };
}
