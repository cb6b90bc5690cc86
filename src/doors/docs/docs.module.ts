import { Module, type DynamicModule } from '@nestjs/common';
import { ParleyConfig } from '../../config/parley-config.js';
import { VERSION } from '../../runtime/version.js';
import { buildDocument } from './build-document.js';
import { DocsController } from './docs.controller.js';
import { OPERATION_GROUPS } from './operations/all-operations.js';
import { staticFile, StaticFiles, type StaticFile } from './static-files.js';
import { OPENAPI } from './tokens.js';

/** The API document and its pages. */
@Module({})
export class DocsModule {
  /** @param enabled `docs.enabled`: else none of its addresses exist */
  static forRoot(enabled: boolean): DynamicModule {
    return {
      module: DocsModule,
      controllers: enabled ? [DocsController] : [],
      providers: enabled ? [StaticFiles, { provide: OPENAPI, inject: [ParleyConfig], useFactory: documentFile }] : [],
    };
  }
}

function documentFile(config: ParleyConfig): StaticFile {
  const document = buildDocument(OPERATION_GROUPS, { version: VERSION, base_path: config.server.base_path });
  return staticFile('application/json; charset=utf-8', Buffer.from(JSON.stringify(document)));
}
