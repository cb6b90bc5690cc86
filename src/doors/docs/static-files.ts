import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Something to serve as it is. */
export interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

/** The pages of the documentation. */
export type DocsPage = 'docs' | 'redoc';

const SCRIPT = 'text/javascript; charset=utf-8';

/** All files there are, by page and name: no other name reaches the file system. */
const FILES: Readonly<Record<DocsPage, Readonly<Record<string, readonly [type: string, source: string]>>>> = {
  docs: {
    'swagger-ui.css': ['text/css; charset=utf-8', 'vendor/swagger-ui.css'],
    'swagger-ui-bundle.js': [SCRIPT, 'vendor/swagger-ui-bundle.js'],
    'favicon.png': ['image/png', 'vendor/favicon.png'],
    'start.js': [SCRIPT, 'assets/start-swagger-ui.js'],
  },
  redoc: { 'redoc.standalone.js': [SCRIPT, 'vendor/redoc.standalone.js'] },
};

/** A file from its content. */
export function staticFile(type: string, body: Buffer): StaticFile {
  return { type, body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"` };
}

/** The browser files of the pages; each is read when it is first asked for and kept. */
export class StaticFiles {
  readonly #read = new Map<string, Promise<StaticFile>>();

  /** Undefined: the page has no file of this name. */
  async find(page: DocsPage, name: string): Promise<StaticFile | undefined> {
    if (!Object.hasOwn(FILES[page], name)) return undefined;
    const [type, source] = FILES[page][name] ?? [];
    if (type === undefined || source === undefined) return undefined;
    let file = this.#read.get(source);
    if (file === undefined) {
      file = readFile(new URL(source, import.meta.url)).then((body) => staticFile(type, body));
      this.#read.set(source, file);
    }
    return file;
  }
}
