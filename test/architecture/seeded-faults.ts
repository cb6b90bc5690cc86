import type { Rule } from './finding.js';

/** Sources added to a copy of the tree; together they make one breach, reported in the first. */
export interface Seed {
  readonly says: string;
  readonly files: Readonly<Record<string, string>>;
}

function seed(says: string, file: string, source: string): Seed {
  return { says, files: { [file]: source } };
}

function parameters(count: number): string {
  const list = Array.from(
    { length: count },
    (_, index) => `  @Inject(TOKEN) private readonly a${index}: Map<string, [A, B]>,`,
  );
  return `class Seeded {\n  constructor(\n${list.join('\n')}\n  ) {}\n}\n`;
}

function longFunction(lines: number): string {
  return `export function seeded(): void {\n${'  call();\n'.repeat(lines - 2)}}\n`;
}

const CORE = 'src/core/kernel/seeded.ts';
const DOOR = 'src/doors/http/seeded.ts';
const PLUGIN = 'src/providers/seeded/seeded.ts';

const ARROWS: readonly Seed[] = [
  seed('a door imports a plugin', DOOR, `import { Seeded } from '../../providers/seeded/other.js';\n`),
  seed('a door imports a store', DOOR, `import type { Store } from '../../stores/store-registry.js';\n`),
  seed(
    'the module of a door imports a store',
    'src/doors/seeded.module.ts',
    `import { S } from '../stores/stores.module.js';\n`,
  ),
  seed(
    'a use case imports a door',
    'src/conversations/seeded.ts',
    `export { write } from '../doors/wire/seeded.js';\n`,
  ),
  seed(
    'a use case imports a plugin',
    'src/conversations/seeded.ts',
    `const s = await import('../stores/sqlite/s.js');\n`,
  ),
  seed('a plugin imports a use case', PLUGIN, `import {\n  A,\n  B,\n} from '../../conversations/seeded.js';\n`),
  seed(
    'a module reaches into a plugin',
    'src/agents/seeded.module.ts',
    `import { S } from '../stores/sqlite/sqlite.js';\n`,
  ),
  seed(
    'a room imports the composition root',
    'src/health/seeded.ts',
    `import { AppModule } from '../app.module.js';\n`,
  ),
  seed('a room imports the library', 'src/agents/seeded.ts', `import { agent } from '../library/agent.js';\n`),
];

const CORE_IMPORTS: readonly Seed[] = [
  seed('a built-in', CORE, `import { randomUUID } from 'node:crypto';\n`),
  seed('Nest', CORE, `import { Injectable } from '@nestjs/common';\n`),
  seed('a package, for its types', CORE, `import type { Chat } from 'openai';\n`),
  seed('another room', CORE, `import { now } from '../../runtime/system-clock.js';\n`),
  seed('another room, for its types', CORE, `export type { Section } from '../../config/section.js';\n`),
  seed('a package, for its effects', CORE, `import 'reflect-metadata';\n`),
  seed('a package, by require', CORE, `const fs = require('fs');\n`),
  seed('a computed name', CORE, `const plugin = await import(name);\n`),
];

const AMBIENT: readonly Seed[] = [
  seed('Date.now', CORE, `export const at = Date.now();\n`),
  seed('Date.now over two lines', CORE, `export const at = Date\n  .now();\n`),
  seed('new Date()', CORE, `export const at = new Date();\n`),
  seed('new Date', CORE, `export const at = new Date;\n`),
  seed('Date()', CORE, `export const at = Date();\n`),
  seed('Math.random', CORE, 'export const at = `${Math.random()}`;\n'),
  seed('Math taken apart', CORE, `const { random } = Math;\n`),
  seed('a timer', CORE, `setTimeout(() => {}, 5);\n`),
  seed('a timed signal', CORE, `export const signal = AbortSignal.timeout(5);\n`),
];

const ENVIRONMENT: readonly Seed[] = [
  seed('process.env', DOOR, `export const port = process.env.PORT;\n`),
  seed('process.env, in a spec', 'src/doors/http/seeded.spec.ts', `export const port = process.env.PORT;\n`),
  seed('process["env"]', DOOR, `export const port = process['env'].PORT;\n`),
  seed('process taken apart', DOOR, `const { argv, env } = process;\n`),
  seed('an import of process', DOOR, `import { env } from 'node:process';\n`),
];

/** At least one breach of every rule. */
export const SEEDS: Readonly<Record<Exclude<Rule, 'function-length'>, readonly Seed[]>> = {
  arrow: ARROWS,
  barrel: [
    seed('an index file', 'src/core/kernel/index.ts', `export { a } from './seeded.js';\n`),
    seed('export * of another file', DOOR, `export * from './other.js';\n`),
  ],
  'config-import': [
    seed('a plugin', PLUGIN, `import type { Section } from '../../config/section.js';\n`),
    seed('a use case', 'src/conversations/seeded.ts', `import { Section } from '../config/section.js';\n`),
    seed('a controller', 'src/doors/http/seeded.controller.ts', `import { Section } from '../../config/section.js';\n`),
  ],
  'constructor-size': [seed('seven parameters', DOOR, parameters(7))],
  'core-ambient': AMBIENT,
  'core-any': [
    seed('a parameter', CORE, `export function f(a: any): void {}\n`),
    seed('an argument of a type', CORE, `export type F = Map<string, any>;\n`),
    seed('an assertion', CORE, `export const a = b as any;\n`),
    seed('an array', CORE, `export type F = readonly any[];\n`),
    seed('one line of a union', CORE, `export type F =\n  | string\n  | any;\n`),
  ],
  'core-disable': [
    seed('oxlint', CORE, `// oxlint-disable-next-line no-console\n`),
    seed('eslint, as a block', CORE, `/* eslint-disable */\n`),
    seed('the type checker', CORE, `// @ts-expect-error: seeded\n`),
  ],
  'core-import': CORE_IMPORTS,
  cycle: [
    { says: 'a file imports itself', files: { [CORE]: `import { a } from './seeded.js';\n` } },
    {
      says: 'three files, one arrow over a dynamic import',
      files: {
        'src/doors/wire/seeded-a.ts': `import { b, type B } from './seeded-b.js';\n`,
        'src/doors/wire/seeded-b.ts': `export {\n  c,\n} from './seeded-c.js';\n`,
        'src/doors/wire/seeded-c.ts': `const a = await import('./seeded-a.js');\n`,
      },
    },
  ],
  'default-export': [
    seed('a class', DOOR, `export default class Seeded {}\n`),
    seed('a renamed one', DOOR, `export { seeded as default };\n`),
  ],
  enum: [seed('an enum', DOOR, `export const enum Seeded {\n  A,\n}\n`)],
  'file-length': [
    seed('a source of 401 lines', DOOR, 'call();\n'.repeat(401)),
    seed('a spec of 601 lines', 'src/doors/http/seeded.spec.ts', 'call();\n'.repeat(601)),
  ],
  'forward-ref': [seed('a call', DOOR, `export const provider = nest.forwardRef(() => Seeded);\n`)],
  'process-env': ENVIRONMENT,
  'sibling-plugin': [
    seed('of the same room', PLUGIN, `import { a } from '../azure/a.js';\n`),
    seed('of another room', PLUGIN, `import type { A } from '../../stores/memory/a.js';\n`),
    seed('key sources', 'src/auth/seeded/seeded.ts', `import { a } from '../env-key-source.js';\n`),
  ],
  'test-import': [
    seed('a source imports the tests', DOOR, `import { a } from '../../../test/support/a.js';\n`),
    seed('a source imports a spec', DOOR, `import { a } from './other.spec.js';\n`),
  ],
  'type-cycle': [
    {
      says: 'types tie two folders together',
      files: {
        'src/core/events/seeded-a.ts': `import type { B } from '../kernel/seeded-b.js';\n`,
        'src/core/kernel/seeded-b.ts': `import { type A } from '../events/seeded-a.js';\n`,
      },
    },
  ],
  'unknown-room': [seed('a folder that rooms.ts does not name', 'src/helpers/seeded.ts', `export const a = 1;\n`)],
  'vendor-sdk': [
    seed('openai in a door', DOOR, `import OpenAI from 'openai';\n`),
    seed('openai in the demo provider', 'src/providers/demo/seeded.ts', `import type { A } from 'openai/resources';\n`),
    seed('Azure outside its folders', 'src/auth/seeded.ts', `import { A } from '@azure/identity';\n`),
    seed('undici in a use case', 'src/conversations/seeded.ts', `import { request } from 'undici';\n`),
  ],
};

/** Functions that are too long, one of them with the rule switched off by a comment. */
export const LONG_FUNCTIONS: readonly Seed[] = [
  seed('61 lines', DOOR, longFunction(61)),
  seed('61 lines and a lint comment', DOOR, `/* oxlint-disable max-lines-per-function */\n${longFunction(61)}`),
];

/** What looks like a breach and is none. */
export const HARMLESS: readonly Seed[] = [
  seed(
    'words in comments and strings',
    CORE,
    `// forwardRef, Date.now(), any\nexport const a = 'export default any';\n`,
  ),
  seed('a date from a value', CORE, `export const a = new Date(value).toISOString();\n`),
  seed('any of the built-ins', CORE, `export const a = AbortSignal.any([b]);\n`),
  seed('an import in a template', CORE, 'export const a = `import { a } from "fs" ${"`"} any`;\n'),
  seed('an import in a regular expression', CORE, `export const a = /import 'fs'\\/"/;\nexport const b = 4 / 2 / 1;\n`),
  seed('a module imports config', 'src/stores/seeded.module.ts', `import { Section } from '../config/section.js';\n`),
  seed('a module wires a room', 'src/health/seeded.module.ts', `import { S } from '../stores/stores.module.js';\n`),
  seed('config joins leaves', 'src/config/seeded.ts', `import { kinds } from '../providers/provider-kinds.js';\n`),
  seed('what plugins share', PLUGIN, `import { a } from '../shared/a.js';\nimport { b } from '../b.js';\n`),
  seed('a vendor at home', 'src/auth/key-vault/seeded.ts', `import { A } from '@azure/keyvault-secrets';\n`),
  seed(
    'a spec uses the tests',
    'src/core/kernel/seeded.spec.ts',
    `import { a } from '../../../test/a.js';\nDate.now();\n`,
  ),
  seed('six parameters', DOOR, parameters(6)),
  seed('400 lines', DOOR, 'call();\n'.repeat(400)),
  seed('60 lines', DOOR, longFunction(60)),
  {
    says: 'types that need each other in one folder',
    files: {
      'src/core/events/seeded-a.ts': `import type { B } from './seeded-b.js';\n`,
      'src/core/events/seeded-b.ts': `import { type A } from './seeded-a.js';\n`,
    },
  },
];
