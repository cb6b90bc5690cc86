import { Controller, Get, Headers, Inject, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Access } from '../../auth/access.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { ReadEvents } from '../../conversations/read-events.js';
import { WatchEvents } from '../../conversations/watch-events.js';
import { canonicalFact } from '../wire/canonical.projection.js';
import { conversationRef, runId } from '../wire/conversation-ref.js';
import { SSE_ENCODERS, TEXT_ENCODER } from '../wire/projections.js';
import { PLAIN_TEXT, serveStream } from '../wire/sse-response.js';
import { EventsQueryDto } from './queries.dto.js';

/** The log of a conversation: where any stream is taken up again, whatever door began it. */
@Access('chat')
@Controller('conversations/:id/events')
export class EventsController {
  constructor(
    @Inject(WatchEvents) private readonly watch: WatchEvents,
    @Inject(ReadEvents) private readonly read: ReadEvents,
  ) {}

  @Get()
  async events(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: EventsQueryDto,
    @Headers() headers: Record<string, string | undefined>,
    @Res() response: Response,
  ): Promise<void> {
    const ref = conversationRef(caller, id);
    const run_id = runId(query.run_id);
    const cursor = headers['last-event-id'] ?? query.last_event_id ?? query.after;
    const form = response.req.accepts(['text/event-stream', 'application/json', 'text/plain']);
    if (form === 'application/json') {
      const page = await this.read.execute(ref, { cursor, run_id, limit: query.limit });
      const events = page.facts.map((fact) => canonicalFact(fact, String(fact.seq)));
      response.json({ events, has_more: page.has_more, next_cursor: String(page.after) });
      return;
    }
    const watchable = await this.watch.open({
      ref,
      cursor,
      run_id,
      // HEAD asks what there is, and stays for nothing.
      follow: response.req.method !== 'HEAD' && (query.follow === 'true' || query.follow === '1'),
    });
    if (watchable.exhausted) {
      response.status(204).end();
      return;
    }
    const projection = query.projection ?? 'canonical';
    const ids = {
      'x-conversation-id': id,
      ...(watchable.run_id === undefined ? {} : { 'x-run-id': watchable.run_id }),
    };
    if (projection === 'text' && form === 'text/plain')
      serveStream(response, watchable, TEXT_ENCODER, { headers: ids, form: PLAIN_TEXT });
    else serveStream(response, watchable, SSE_ENCODERS[projection], { headers: ids });
  }
}
