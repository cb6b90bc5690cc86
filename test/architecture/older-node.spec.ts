// `parley/agent` runs on Nodes that are older than the one everything else is written for.
import { describe, expect, it } from '@jest/globals';
import { maskSource } from './mask-source.js';
import { readTree, ROOT } from './read-tree.js';
import { resolveImport, scanSource } from './scan-source.js';

/** What came after Node 22.19. */
const TOO_NEW =
  /\b(?:RegExp\.escape|Promise\.try|Error\.isError|Math\.(?:f16round|sumPrecise)|Float16Array|URLPattern|Atomics\.pause|import\.meta\.main)\b|\.(?:toBase64|toHex|setFromBase64|getOrInsert)\(|\bfrom(?:Base64|Hex)\(|\b(?:await )?using \w+ =|\(\?[ims]*-?[ims]+:|node:sqlite/;

const tree = readTree(ROOT, ['src']);

/** All files that an entry loads, those of dynamic imports too. */
function loadedBy(entry: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (file: string): void => {
    const source = tree.get(file);
    if (source === undefined || found.has(file)) return;
    found.add(file);
    for (const { specifier, typeOnly } of scanSource(source).imports) {
      const next = typeOnly || specifier === undefined ? undefined : resolveImport(file, specifier);
      if (next !== undefined) visit(next);
    }
  };
  visit(entry);
  return found;
}

describe('parley/agent', () => {
  const files = [...loadedBy('src/library/agent.ts')];

  it('loads what calls models', () => {
    expect(files).toContain('src/providers/shared/exchange.ts');
    expect(files).not.toContain('src/create-app.ts');
  });

  it.each(files)('%s uses nothing that Node 22.19 does not have', (file) => {
    expect(TOO_NEW.exec(maskSource(tree.get(file) ?? '').code)?.[0]).toBeUndefined();
  });

  it('looks at the Node before it loads anything else', () => {
    expect(
      scanSource(tree.get('src/library/agent.ts') ?? '').imports.some(
        ({ specifier, line }) => line === 2 && specifier === './agent/check-node.js',
      ),
    ).toBe(true);
  });
});
