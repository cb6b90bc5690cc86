// Suites that start servers come first: a long one begun last would leave the other workers without work. Where jest has
// run before, it knows how long each one takes, and takes the longest first by itself.
const { default: Sequencer } = require('@jest/test-sequencer');

const LONG = /\.e2e-spec\.ts$/;

module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort.call(this, tests);
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    return sorted.toSorted((left, right) => Number(LONG.test(right.path)) - Number(LONG.test(left.path)));
  }
};
