/** Token of the API document as it is served. */
export const OPENAPI = Symbol('OPENAPI');
/** Token of the document of the sockets as it is served. */
export const ASYNCAPI = Symbol('ASYNCAPI');
