import { Global, Module } from '@nestjs/common';
import { CLOCK, IDS } from '../core/ports/tokens.js';
import { SystemClock } from './system-clock.js';
import { SystemIds } from './system-ids.js';

/** The machine's clock and ids, behind their ports. */
@Global()
@Module({
  providers: [
    { provide: CLOCK, useClass: SystemClock },
    { provide: IDS, useClass: SystemIds },
  ],
  exports: [CLOCK, IDS],
})
export class RuntimeModule {}
