/** Whether a host name or address is this machine's loopback. */
export function isLoopbackHost(host: string): boolean {
  const name = bareHost(host);
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(name)
  );
}

/** Whether a server on `host:port` answers at this address itself. */
export function isOwnAddress(url: URL, server: { readonly host: string; readonly port: number }): boolean {
  if (server.port === 0 || portOf(url) !== server.port) return false;
  const asked = bareHost(url.hostname);
  const own = bareHost(server.host);
  if (asked === own) return true;
  const local = isLoopbackHost(asked) || isEveryAddress(asked);
  return local && (isLoopbackHost(own) || isEveryAddress(own));
}

function isEveryAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function bareHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

/** An http or https address without a user name and a password in it. */
export function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** Without a slash or `/chat/completions` at the end; with `/v1` where there is no path and that is usual. */
export function tidyBase(url: URL, version_path: boolean): string {
  const path = url.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
  return `${url.origin}${path === '' && version_path ? '/v1' : path}${url.search}`;
}
