import { decimal, Key, textLike } from './rules.js';

/** `azure:` */
export class AzureSection {
  @Key(textLike('an https address', 'such as https://your-vault.vault.azure.net/', isVaultAddress))
  key_vault_url?: string;
  /** The secret that holds the client key named `default`. */
  @Key(textLike('the name of a Key Vault secret', 'letters, digits and -', /^[0-9a-zA-Z-]{1,127}$/))
  api_key_secret_name?: string;
  /** All secrets whose names begin with it hold client keys, named by what follows it. */
  @Key(textLike('the beginning of names of Key Vault secrets', 'letters, digits and -', /^[0-9a-zA-Z-]{1,126}$/))
  api_key_secret_prefix?: string;
  @Key(decimal(1, 86_400, 'seconds')) refresh_seconds = 60;
}

/** The vault's own client speaks https only. */
export function isVaultAddress(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && url.protocol === 'https:' && url.username === '' && url.password === '';
}
