import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import type { OnDisconnect } from '../../core/events/conversation-event.js';
import { HistoryMessageDto } from './history.dto.js';

const NAME_LENGTH = 200;
const TEXT_LENGTH = 262_144;
const HISTORY_LENGTH = 10_000;

/** Body of POST /chat and POST /chat/stream, and what is asked on sockets. `null` stands for "not given". */
export class ChatDto {
  /** May be empty. */
  @IsString()
  @MaxLength(TEXT_LENGTH)
  message: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_LENGTH)
  agent_name?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_LENGTH)
  conversation_id?: string;

  /** What was said before, instead of what this server remembers. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(HISTORY_LENGTH)
  @ValidateNested({ each: true })
  @Type(() => HistoryMessageDto)
  history?: HistoryMessageDto[];

  @IsOptional()
  @IsBoolean()
  reset_history?: boolean;

  @IsOptional()
  @IsBoolean()
  parallel_tools?: boolean;

  @IsOptional()
  @IsString()
  @MaxLength(TEXT_LENGTH)
  instructions?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_LENGTH)
  model?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_LENGTH)
  user?: string;

  @IsOptional()
  @IsIn(['cancel', 'continue'])
  on_disconnect?: OnDisconnect;

  @IsOptional()
  @IsIn(['reject', 'queue'])
  on_busy?: 'reject' | 'queue';
}
