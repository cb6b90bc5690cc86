import { Module, type DynamicModule } from '@nestjs/common';
import { ParleyConfig } from '../../config/parley-config.js';
import { VERSION } from '../../runtime/version.js';
import { buildDocument } from './build-document.js';
import { DocsController } from './docs.controller.js';
import { OPERATION_GROUPS } from './operations/all-operations.js';
import { staticFile, StaticFiles, type StaticFile } from './static-files.js';
import { buildAsyncDocument } from './sockets/build-async-document.js';
import { SOCKET_CHANNELS } from './sockets/all-channels.js';
import { ASYNCAPI, OPENAPI } from './tokens.js';

/** The API document and its pages. */
@Module({})
export class DocsModule {
  /** @param enabled `docs.enabled`: else none of its addresses exist */
  static forRoot(enabled: boolean): DynamicModule {
    return {
      module: DocsModule,
      controllers: enabled ? [DocsController] : [],
      providers: enabled
        ? [
            StaticFiles,
            { provide: OPENAPI, inject: [ParleyConfig], useFactory: documentFile },
            { provide: ASYNCAPI, inject: [ParleyConfig], useFactory: asyncDocumentFile },
          ]
        : [],
    };
  }
}

function documentFile({ server: { base_path } }: ParleyConfig): StaticFile {
  return jsonFile(buildDocument(OPERATION_GROUPS, { version: VERSION, base_path }));
}

function asyncDocumentFile({ server: { base_path, host, port } }: ParleyConfig): StaticFile {
  const options = { version: VERSION, base_path, host: `${host.includes(':') ? `[${host}]` : host}:${port}` };
  return jsonFile(buildAsyncDocument(SOCKET_CHANNELS, OPERATION_GROUPS, options));
}

function jsonFile(document: object): StaticFile {
  return staticFile('application/json; charset=utf-8', Buffer.from(JSON.stringify(document)));
}
