import { describe } from '@jest/globals';
import { describeAgents } from './conversation-store/agent-tests.js';
import { describeAppend } from './conversation-store/append-tests.js';
import { describeCatalogue } from './conversation-store/catalogue-tests.js';
import { describeExpiry, describeSpace } from './conversation-store/expiry-tests.js';
import { describeIdempotency, describeLifecycle } from './conversation-store/lifecycle-tests.js';
import { describeRead } from './conversation-store/read-tests.js';
import { describeRuns } from './conversation-store/run-tests.js';
import { StoreSuite, type MakeStore, type StoreSkip } from './conversation-store/store-suite.js';

/** What every ConversationStore does. Each implementation runs it in `conversation-store.spec.ts`. */
export function describeConversationStore(
  name: string,
  makeStore: MakeStore,
  { skip = [] }: { readonly skip?: readonly StoreSkip[] } = {},
): void {
  // oxlint-disable-next-line jest/valid-title -- the implementation's name
  describe(name, () => {
    const suite = new StoreSuite(makeStore, skip);
    describeAppend(suite);
    describeRead(suite);
    describeCatalogue(suite);
    describeRuns(suite);
    describeIdempotency(suite);
    describeAgents(suite);
    describeExpiry(suite);
    describeSpace(suite);
    describeLifecycle(suite);
    suite.checkSkips();
  });
}
