import { Global, Module } from '@nestjs/common';
import type { Clock } from '../core/ports/clock.js';
import { CHECK_ARGUMENTS, CLOCK, TOOLS } from '../core/ports/tokens.js';
import type { Tools } from '../core/ports/tool.js';
import { builtInTools } from './builtin/built-in-tools.js';
import { checkArguments } from './shared/check-arguments.js';
import { ToolRegistrations } from './tool-registrations.js';
import { ToolRegistry } from './tool-registry.js';

/** The tools of this server. Global: agents, doors and the overview of the server all look tools up. */
@Global()
@Module({
  providers: [
    {
      provide: TOOLS,
      inject: [CLOCK, ToolRegistrations],
      useFactory: (clock: Clock, registered: ToolRegistrations): Tools =>
        new ToolRegistry([...builtInTools({ clock }), ...registered.tools]),
    },
    { provide: CHECK_ARGUMENTS, useValue: checkArguments },
  ],
  exports: [TOOLS, CHECK_ARGUMENTS],
})
export class ToolsModule {}
