// Jest transformer over tools/compile.mjs (ESM, source maps inline).
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');

const options = createHash('sha256')
  .update(readFileSync(require.resolve('./compile.mjs')))
  .digest('hex');

module.exports = {
  async createTransformer() {
    const { compile } = await import('./compile.mjs');
    return {
      process(source, file) {
        const { code, map } = compile(file, source);
        const inline = Buffer.from(JSON.stringify({ ...map, sources: [file] })).toString('base64');
        return { code: `${code}\n//# sourceMappingURL=data:application/json;base64,${inline}` };
      },
      getCacheKey(source, file) {
        return createHash('sha256').update(options).update(file).update(source).digest('hex');
      },
    };
  },
};
