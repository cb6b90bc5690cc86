import { ArrayMaxSize, IsArray, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { OnDisconnect } from '../../core/events/conversation-event.js';
import { IsOnBusy, IsOnDisconnect, IsPageLength, IsText } from '../wire/fields.js';

/** Body of POST /conversations/{id}/messages: a person's action, or plain words; in a chat, its next message. */
export class InputDto {
  @IsOptional()
  @IsString()
  agent?: string;

  @IsOptional()
  @IsString()
  action_type?: string;

  @IsOptional()
  @IsText()
  argument?: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  to?: string[];

  @IsOptional()
  @IsText()
  message?: string;

  /** Of a chat. */
  @IsOptional()
  @IsOnDisconnect()
  on_disconnect?: OnDisconnect;

  /** Of a chat. */
  @IsOptional()
  @IsOnBusy()
  on_busy?: 'reject' | 'queue';
}

/** Query of GET /conversations/{id}/messages. */
export class MessagesQueryDto {
  @IsOptional()
  @IsPageLength(1000)
  limit?: number;

  @IsOptional()
  @IsString()
  @MaxLength(20)
  cursor?: string;
}

export type ExportFormat = 'json' | 'jsonl' | 'markdown';

/** Query of GET /conversations/{id}/export. */
export class ExportQueryDto {
  @IsOptional()
  @IsIn(['json', 'jsonl', 'markdown'])
  format?: ExportFormat;
}
