// One TypeScript source to ESM with decorator metadata: the same options for the build and for jest.
import { transformSync } from 'oxc-transform';

/** @param {string} file name for messages @param {string} source @returns {{code: string, map?: object}} */
export function compile(file, source) {
  const result = transformSync(file, source, {
    target: 'es2023',
    sourcemap: true,
    typescript: { removeClassFieldsWithoutInitializer: true },
    assumptions: { setPublicClassFields: true },
    decorator: { legacy: true, emitDecoratorMetadata: true },
  });
  if (result.errors.length > 0) {
    throw new Error(result.errors.map((e) => `${file}: ${e.message}\n${e.codeframe ?? ''}`).join('\n'));
  }
  return { code: result.code, map: result.map };
}
