#!/usr/bin/env node
// Prints "N passed, N failed" from the report of `jest --json --outputFile=<file>`; fails when a test failed or none ran.
import { existsSync, readFileSync } from 'node:fs';

/** @param {string} file @returns {{passed: number, failed: number, skipped: number}} */
function count(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  return {
    passed: report.numPassedTests,
    // A suite that does not even load has no tests to count: it counts as one that failed.
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

const { passed, failed, skipped } = count(process.argv[2] ?? '');
if (skipped > 0) console.log(`${skipped} skipped`);
if (passed === 0) console.log('no test passed: nothing was tested');
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exitCode = 1;
