import { requireNode } from '../runtime/require-node.js';

// The first import of `parley` and `parley/server`: what the store needs of SQLite.
requireNode('parley', [24, 15]);
