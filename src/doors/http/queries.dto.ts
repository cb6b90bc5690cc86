import { IsBooleanString, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { ConversationKind } from '../../core/events/conversation-event.js';
import type { ConversationStatus } from '../../core/events/fold.js';
import { IsPageLength } from '../wire/fields.js';
import { PROJECTION_NAMES, type ProjectionName } from '../wire/projections.js';

const KINDS: readonly ConversationKind[] = ['multi_agent', 'chat', 'session'];
const STATUSES: readonly ConversationStatus[] = ['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'];

/** Query of GET /conversations/{id}/events. */
export class EventsQueryDto {
  @IsOptional()
  @IsIn(PROJECTION_NAMES)
  projection?: ProjectionName;

  @IsOptional()
  @IsString()
  @MaxLength(100)
  run_id?: string;

  @IsOptional()
  @IsBooleanString()
  follow?: string;

  @IsOptional()
  @IsString()
  last_event_id?: string;

  /** The same as `last_event_id`; reads better for pages. */
  @IsOptional()
  @IsString()
  after?: string;

  @IsOptional()
  @IsPageLength(1000)
  limit?: number;
}

/** Query of GET /conversations. */
export class ListQueryDto {
  @IsOptional()
  @IsPageLength(200)
  limit?: number;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;

  @IsOptional()
  @IsIn(STATUSES)
  status?: ConversationStatus;

  @IsOptional()
  @IsIn(KINDS)
  kind?: ConversationKind;
}

/** Body of POST /conversations/{id}/cancel. */
export class CancelDto {
  @IsOptional()
  @IsIn(['now', 'after_turn'])
  mode?: 'now' | 'after_turn';
}
