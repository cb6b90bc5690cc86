import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Access } from '../../auth/access.js';
import { ParleyError } from '../../core/kernel/parley-error.js';
import { CONTENT_SECURITY_POLICY, PAGES } from './pages.js';
import { StaticFiles, type DocsPage, type StaticFile } from './static-files.js';
import { ASYNCAPI, OPENAPI } from './tokens.js';

/** The documents of the API and of the sockets, for programs and for people. Open to everybody: it says what there is, not what is in it. */
@Access('public')
@Controller()
export class DocsController {
  constructor(
    @Inject(OPENAPI) private readonly document: StaticFile,
    @Inject(ASYNCAPI) private readonly sockets: StaticFile,
    @Inject(StaticFiles) private readonly files: StaticFiles,
  ) {}

  @Get('openapi.json')
  openApi(@Res() response: Response): void {
    send(response, this.document);
  }

  @Get('asyncapi.json')
  asyncApi(@Res() response: Response): void {
    send(response, this.sockets);
  }

  @Get('docs')
  swaggerUi(@Res() response: Response): void {
    sendPage(response, 'docs');
  }

  @Get('docs/:file')
  async swaggerUiFile(@Param('file') name: string, @Res() response: Response): Promise<void> {
    send(response, await this.#find('docs', name));
  }

  @Get('redoc')
  redoc(@Res() response: Response): void {
    sendPage(response, 'redoc');
  }

  @Get('redoc/:file')
  async redocFile(@Param('file') name: string, @Res() response: Response): Promise<void> {
    send(response, await this.#find('redoc', name));
  }

  async #find(page: DocsPage, name: string): Promise<StaticFile> {
    const file = await this.files.find(page, name);
    if (file === undefined) throw new ParleyError('not_found', 'there is no such file');
    return file;
  }
}

function sendPage(response: Response, page: DocsPage): void {
  // Below a slash the relative addresses of the page would point elsewhere.
  if (response.req.path.endsWith('/')) {
    response.redirect(308, `../${page}`);
    return;
  }
  response.set({
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  });
  send(response, PAGES[page]);
}

/** Caches may keep it, and ask whether it is still the same: a new version shows at once. */
function send(response: Response, file: StaticFile): void {
  response.set({ etag: file.etag, 'cache-control': 'no-cache' });
  if (response.req.fresh) response.status(304).end();
  else response.set('content-type', file.type).send(file.body);
}
