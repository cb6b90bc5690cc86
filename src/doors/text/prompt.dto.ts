import { IsBoolean, IsBooleanString, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import type { OnDisconnect } from '../../core/events/conversation-event.js';
import { HistoryMessageDto } from '../wire/history.dto.js';
import { IsHistory, IsName, IsOnDisconnect } from '../wire/fields.js';
import { TEXT_LENGTH } from '../wire/lengths.js';

/** Body of POST /chat/blocking, and of POST /chat/stream in its text dialect. `null` stands for "not given". */
export class PromptDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(TEXT_LENGTH)
  prompt: string;

  @IsOptional()
  @IsHistory()
  history?: HistoryMessageDto[];

  @IsOptional()
  @IsBoolean()
  improvement?: boolean;

  @IsOptional()
  @IsBoolean()
  intermediate_steps?: boolean;

  @IsOptional()
  @IsName()
  role?: string;

  @IsOptional()
  @IsName()
  model?: string;

  @IsOptional()
  @IsOnDisconnect()
  on_disconnect?: OnDisconnect;
}

/** Query of GET /chat/blocking and GET /chat/stream. */
export class PromptQueryDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(TEXT_LENGTH)
  prompt: string;

  @IsOptional()
  @IsBooleanString()
  improvement?: string;

  @IsOptional()
  @IsBooleanString()
  intermediate_steps?: string;

  @IsOptional()
  @IsName()
  role?: string;

  @IsOptional()
  @IsName()
  model?: string;
}
