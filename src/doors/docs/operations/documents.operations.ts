import type { Answer, Operation, OperationGroup, Parameter } from '../operation.js';

const ETAG: Parameter = { description: 'Changes when the content does.', schema: { type: 'string' } };
const UNCHANGED: Answer = { description: 'It is as it was when `If-None-Match` was given.', headers: { ETag: ETAG } };
const IF_NONE_MATCH: Parameter = { description: 'The `ETag` of what is there already.', schema: { type: 'string' } };

const FILE: Parameter = { description: 'Name of a file of the page.', schema: { type: 'string' } };

const page = (path: string, summary: string, description: string): Operation => ({
  method: 'get',
  path,
  tag: 'Documents',
  access: 'public',
  summary,
  description,
  headers: { 'If-None-Match': IF_NONE_MATCH },
  answers: {
    200: {
      description: 'The page. It loads nothing from other hosts.',
      headers: { ETag: ETAG },
      content: { 'text/html': { schema: { type: 'string' } } },
    },
    304: UNCHANGED,
  },
});

const pageFile = (path: string, summary: string, example: string): Operation => ({
  method: 'get',
  path,
  tag: 'Documents',
  access: 'public',
  summary,
  description: 'Scripts, styles and pictures of the page.',
  segments: { file: { ...FILE, example } },
  headers: { 'If-None-Match': IF_NONE_MATCH },
  answers: {
    200: {
      description: 'The file.',
      headers: { ETag: ETAG },
      content: {
        'text/javascript': { schema: { type: 'string' } },
        'text/css': { schema: { type: 'string' } },
        'image/png': { schema: { type: 'string', format: 'binary' } },
      },
    },
    304: UNCHANGED,
  },
  errors: { not_found: 'The page has no such file.' },
});

const getOpenApi: Operation = {
  method: 'get',
  path: '/openapi.json',
  tag: 'Documents',
  access: 'public',
  summary: 'This document',
  description: 'OpenAPI 3.1, with schemas in JSON Schema 2020-12.',
  headers: { 'If-None-Match': IF_NONE_MATCH },
  answers: {
    200: {
      description: 'The document.',
      headers: { ETag: ETAG },
      content: { 'application/json': { schema: { type: 'object', additionalProperties: true } } },
    },
    304: UNCHANGED,
  },
};

const getAsyncApi: Operation = {
  ...getOpenApi,
  path: '/asyncapi.json',
  summary: 'The document of the sockets',
  description: 'AsyncAPI 3.0: `/ws`, `/ws/{session_id}` and Socket.IO.',
};

/** The documents and their pages: closed by `docs.enabled: false`. */
export const DOCUMENTS: OperationGroup = {
  operations: {
    getOpenApi,
    getAsyncApi,
    showSwaggerUi: page('/docs', 'Swagger UI', 'This document to read and to try: “Authorize” takes a key.'),
    getSwaggerUiFile: pageFile('/docs/{file}', 'A file of Swagger UI', 'swagger-ui.css'),
    showRedoc: page('/redoc', 'Redoc', 'This document to read.'),
    getRedocFile: pageFile('/redoc/{file}', 'A file of Redoc', 'redoc.standalone.js'),
  },
};
