export default {
  rootDir: '.',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/test/support/setup-esm.mjs'],
  testRegex: String.raw`.*\.(spec|e2e-spec)\.ts$`,
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { [String.raw`^(\.{1,2}/.*)\.js$`]: '$1' },
  transform: { [String.raw`^.+\.ts$`]: '<rootDir>/tools/jest-transform.cjs' },
  testSequencer: '<rootDir>/tools/jest-sequencer.cjs',
  testTimeout: 90_000,
  maxWorkers: 2,
};
