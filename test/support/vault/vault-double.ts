import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { canary, noteCanary } from '../scan/record.js';
import { temporaryFolder } from '../server.js';
import { makeCertificate } from './certificate.js';

const TENANT = '11111111-1111-1111-1111-111111111111';
/** Entries of one page of a listing: few, so that listings have several. */
const PAGE = 2;

/** What a version may do, times in seconds since the epoch. */
export interface VersionAttributes {
  readonly enabled?: boolean;
  readonly nbf?: number;
  readonly exp?: number;
}

interface Version {
  readonly id: string;
  readonly value: string;
  readonly created: number;
  attributes: VersionAttributes;
}

/** How the vault misbehaves: a status for every request, no answer at all, or a broken connection. */
export type VaultFault = { readonly status: number; readonly retryAfter?: number } | 'hang' | 'reset';

/**
 * The REST protocol of an Azure Key Vault over HTTPS, with its own certificate, and a managed identity's token endpoint
 * (App Service, over plain HTTP) beside it. Secrets, faults and rotations are a test's to set.
 *
 * Protocol: learn.microsoft.com/rest/api/keyvault/secrets, and …/app-service/overview-managed-identity for the token.
 */
export class VaultDouble {
  /** `METHOD path status`, in order. */
  readonly requests: string[] = [];
  readonly token: string;
  readonly #secrets = new Map<string, Version[]>();
  readonly #folder: string;
  readonly #certFile: string;
  readonly #vault: Server;
  readonly #identity: Server;
  #clock = 1_700_000_000;
  #fault: VaultFault | undefined;
  #faultOn: RegExp = /^/;
  #waiting: (() => void)[] = [];

  private constructor(made: { folder: string; certFile: string; vault: Server; identity: Server; token: string }) {
    this.#folder = made.folder;
    this.#certFile = made.certFile;
    this.#vault = made.vault;
    this.#identity = made.identity;
    this.token = made.token;
    this.#vault.on('request', (request, response) => this.#serve(request, response));
    this.#identity.on('request', (request, response) => this.#giveToken(request, response));
  }

  /** @param token what the vault lets in, and the identity endpoint gives */
  static async start(token = canary('vault-token')): Promise<VaultDouble> {
    const folder = await temporaryFolder();
    const { key, cert, certFile } = await makeCertificate(folder);
    const vault = createServer({ key, cert });
    const identity = createHttpServer();
    await Promise.all([listen(vault), listen(identity)]);
    return new VaultDouble({ folder, certFile, vault, identity, token });
  }

  get url(): string {
    return `https://localhost:${portOf(this.#vault)}`;
  }

  /** What a server needs to reach the vault by its usual means: a trusted certificate and a managed identity. */
  get env(): Readonly<Record<string, string>> {
    return {
      NODE_EXTRA_CA_CERTS: this.#certFile,
      IDENTITY_ENDPOINT: `http://127.0.0.1:${portOf(this.#identity)}/msi/token`,
      IDENTITY_HEADER: 'header-of-the-identity',
    };
  }

  /** Adds a version of a secret. @returns its id */
  set(name: string, value: string, attributes: VersionAttributes = {}): string {
    for (const secret of secretsIn(value)) noteCanary(secret);
    const id = randomUUID().replaceAll('-', '');
    const versions = this.#secrets.get(name) ?? [];
    this.#secrets.set(name, [...versions, { id, value, created: this.#clock++, attributes }]);
    return id;
  }

  /** Changes what a version may do. */
  update(name: string, id: string, attributes: VersionAttributes): void {
    for (const version of this.#secrets.get(name) ?? []) if (version.id === id) version.attributes = attributes;
  }

  remove(name: string): void {
    this.#secrets.delete(name);
  }

  /** Forgets all secrets. */
  clear(): void {
    this.#secrets.clear();
  }

  /** Misbehaves from now on, for requests whose path fits. */
  fail(fault: VaultFault, on = /^/): void {
    this.#fault = fault;
    this.#faultOn = on;
  }

  /** Behaves again. */
  recover(): void {
    this.#fault = undefined;
  }

  /** Settles when a request came that began after this call. */
  nextRequest(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  async stop(): Promise<void> {
    for (const server of [this.#vault, this.#identity]) {
      server.closeAllConnections();
      server.close();
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  #giveToken(request: IncomingMessage, response: ServerResponse): void {
    if (request.headers['x-identity-header'] !== this.env['IDENTITY_HEADER']) {
      send(response, 401, { error: 'invalid header' });
      return;
    }
    const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
    send(response, 200, { access_token: this.token, expires_on, resource: this.url, token_type: 'Bearer' });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(decodeURIComponent(request.url ?? '/'), this.url);
    response.once('close', () => {
      this.requests.push(
        `${request.method} ${url.pathname} ${response.writableFinished ? response.statusCode : 'cut'}`,
      );
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
    const fault = this.#faultOn.test(url.pathname) ? this.#fault : undefined;
    if (fault === 'hang') return;
    if (fault === 'reset') {
      request.socket.destroy();
      return;
    }
    if (fault !== undefined) {
      const wait = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      send(response, fault.status, error('Fault', 'the caller is not to see this'), wait);
      return;
    }
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      const challenge = `Bearer authorization="https://login.microsoftonline.com/${TENANT}", resource="https://vault.azure.net"`;
      send(response, 401, error('Unauthorized', 'AKV10000'), { 'www-authenticate': challenge });
      return;
    }
    this.#answer(url, response);
  }

  #answer(url: URL, response: ServerResponse): void {
    const [, collection, name, version = ''] = url.pathname.split('/');
    if (collection !== 'secrets') send(response, 404, error('NotFound', url.pathname));
    else if (name === undefined || name === '')
      this.#list(url, [...this.#secrets.keys()].map(latest(this.#secrets)), response);
    else if (version === 'versions')
      this.#list(
        url,
        (this.#secrets.get(name) ?? []).map((each) => ({ name, each })),
        response,
      );
    else this.#give(name, version, response);
  }

  #list(url: URL, all: readonly { name: string; each: Version | undefined }[], response: ServerResponse): void {
    const from = Number(url.searchParams.get('$skiptoken') ?? 0);
    const next = new URL(url);
    next.searchParams.set('$skiptoken', String(from + PAGE));
    const isVersions = url.pathname.includes('/versions');
    send(response, 200, {
      value: all.slice(from, from + PAGE).map(({ name, each }) => ({
        id: `${this.url}/secrets/${name}${isVersions ? `/${each?.id}` : ''}`,
        attributes: attributesOf(each),
      })),
      nextLink: from + PAGE < all.length ? next.href : null,
    });
  }

  #give(name: string, id: string, response: ServerResponse): void {
    const versions = this.#secrets.get(name) ?? [];
    const version = id === '' ? versions.at(-1) : versions.find((each) => each.id === id);
    if (version === undefined)
      send(response, 404, error('SecretNotFound', `A secret with (name/id) ${name} was not found`));
    else if (version.attributes.enabled === false)
      send(response, 403, error('Forbidden', 'disabled', 'SecretDisabled'));
    else {
      const { value } = version;
      send(response, 200, {
        value,
        id: `${this.url}/secrets/${name}/${version.id}`,
        attributes: attributesOf(version),
      });
    }
  }
}

/** Lets this process reach a vault by the usual means too. @returns takes it back */
export function trustedHere(vault: VaultDouble): () => void {
  const before = getCACertificates('default');
  const { NODE_EXTRA_CA_CERTS: certFile = '', ...identity } = vault.env;
  setDefaultCACertificates([...before, readFileSync(certFile, 'utf8')]);
  Object.assign(process.env, identity);
  return () => {
    setDefaultCACertificates(before);
    for (const name of Object.keys(identity)) delete process.env[name];
  };
}

/** The value itself, or the keys in it. */
function secretsIn(value: string): readonly string[] {
  const keys = [...value.matchAll(/"key": *"([^"]+)"/g)].map((match) => match[1] ?? '');
  return keys.length > 0 ? keys : [value.trim()];
}

function latest(
  secrets: ReadonlyMap<string, Version[]>,
): (name: string) => { name: string; each: Version | undefined } {
  return (name) => ({ name, each: secrets.get(name)?.at(-1) });
}

function attributesOf(version: Version | undefined): Readonly<Record<string, unknown>> {
  const created = version?.created ?? 0;
  return { enabled: true, created, updated: created, recoveryLevel: 'Purgeable', ...version?.attributes };
}

function error(code: string, message: string, inner?: string): unknown {
  return { error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) } };
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
