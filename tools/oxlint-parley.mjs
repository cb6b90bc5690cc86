// House rules that oxlint has no built-in rule for.

/** @param {string} message @param {(context: object, report: (node: object) => void) => object} visit */
const rule = (message, visit) => ({
  meta: { type: 'problem', docs: { description: message } },
  create: (context) => visit((node) => context.report({ node, message })),
});

export default {
  meta: { name: 'parley' },
  rules: {
    'no-enum': rule('No enums: use a union of literals.', (report) => ({ TSEnumDeclaration: report })),
    'no-forward-ref': rule('No forwardRef: break the cycle with a token or an event.', (report) => ({
      Identifier: (node) => node.name === 'forwardRef' && report(node),
    })),
  },
};
