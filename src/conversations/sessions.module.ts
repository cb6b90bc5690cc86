import { Module } from '@nestjs/common';
import { ParleyConfig } from '../config/parley-config.js';
import type { Clock } from '../core/ports/clock.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import type { IdSource } from '../core/ports/id-source.js';
import { CLOCK, IDS, STORE } from '../core/ports/tokens.js';
import { CancelTask } from './cancel-task.js';
import { ConversationsModule } from './conversations.module.js';
import { CreateSession } from './create-session.js';
import { FindSession } from './find-session.js';
import { GiveResults } from './give-results.js';
import { RunSupervisor } from './run-supervisor.js';

const useCases = [
  {
    provide: CreateSession,
    inject: [STORE, CLOCK, IDS],
    useFactory: (store: ConversationStore, clock: Clock, ids: IdSource) => new CreateSession(store, clock, ids),
  },
  {
    provide: FindSession,
    inject: [STORE, CLOCK, ParleyConfig],
    useFactory: (store: ConversationStore, clock: Clock, { limits }: ParleyConfig) =>
      new FindSession(store, clock, limits.session_idle_seconds * 1000),
  },
  {
    provide: GiveResults,
    inject: [STORE, RunSupervisor],
    useFactory: (store: ConversationStore, runs: RunSupervisor) => new GiveResults(store, runs),
  },
  {
    provide: CancelTask,
    inject: [STORE, RunSupervisor],
    useFactory: (store: ConversationStore, runs: RunSupervisor) => new CancelTask(store, runs),
  },
];

/** The use cases of sessions: conversations of clients that run their own tools. */
@Module({
  imports: [ConversationsModule],
  providers: useCases,
  exports: [CreateSession, FindSession, GiveResults, CancelTask, ConversationsModule],
})
export class SessionsModule {}
