import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { OpenSockets } from '../auth/open-sockets.js';
import { ParleyConfig } from '../config/parley-config.js';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { RunSupervisor } from '../conversations/run-supervisor.js';
import { CLOCK, MODELS, STORE, TOOLS } from '../core/ports/tokens.js';
import type { Clock } from '../core/ports/clock.js';
import type { ConversationStore } from '../core/ports/conversation-store.js';
import type { Models } from '../core/ports/models.js';
import type { Tools } from '../core/ports/tool.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import { WatchEvents } from '../conversations/watch-events.js';
import { ConnectionCount } from './connection-count.js';
import { HealthController } from './health.controller.js';
import { HealthRegistry } from './health-registry.js';
import { ServerStatus } from './server-status.js';

/** Probes and the overview. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false }), ConversationsModule],
  controllers: [HealthController],
  providers: [
    {
      provide: HealthRegistry,
      inject: [HealthIndicatorService],
      useFactory: (indicator: HealthIndicatorService) => new HealthRegistry(indicator),
    },
    {
      provide: ConnectionCount,
      inject: [WatchEvents, OpenSockets],
      useFactory: (watch: WatchEvents, sockets: OpenSockets) => new ConnectionCount(watch, sockets),
    },
    {
      provide: ServerStatus,
      inject: [CLOCK, RunSupervisor, MODELS, ConnectionCount, ParleyConfig, TOOLS],
      useFactory: (
        clock: Clock,
        supervisor: RunSupervisor,
        models: Models,
        connections: ConnectionCount,
        config: ParleyConfig,
        tools: Tools,
      ) =>
        new ServerStatus({
          clock,
          supervisor,
          models,
          connections: () => connections.now,
          tools: () => tools.names(),
          max_turns: config.max_turns,
          evaluators: config.evaluators.filter((evaluator) => evaluator.enabled).map((evaluator) => evaluator.type),
        }),
    },
  ],
  exports: [HealthRegistry],
})
export class HealthModule implements OnModuleInit {
  constructor(
    @Inject(HealthRegistry) private readonly registry: HealthRegistry,
    @Inject(STORE) private readonly store: ConversationStore,
    @Inject(RunSupervisor) private readonly supervisor: RunSupervisor,
  ) {}

  onModuleInit(): void {
    this.registry.register('ready', 'store', (signal) => this.store.check(signal));
    this.registry.register('ready', 'accepting', () => {
      if (this.supervisor.draining) throw new ParleyError('draining', 'the server is shutting down');
    });
    this.registry.register('startup', 'store', (signal) => this.store.check(signal));
  }
}
