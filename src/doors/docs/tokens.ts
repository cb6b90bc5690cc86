/** Token of the API document as it is served. */
export const OPENAPI = Symbol('OPENAPI');
