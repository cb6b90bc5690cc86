import { requireNode } from '../../runtime/require-node.js';

// The first import of `parley/agent`: what undici needs, by which models are called.
requireNode('parley/agent', [22, 19]);
