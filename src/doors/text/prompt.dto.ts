import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsBooleanString,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import type { OnDisconnect } from '../../core/events/conversation-event.js';
import { HistoryMessageDto } from '../wire/history.dto.js';

const NAME_LENGTH = 200;
const TEXT_LENGTH = 262_144;
const HISTORY_LENGTH = 10_000;

/** Body of POST /chat/blocking, and of POST /chat/stream in its text dialect. `null` stands for "not given". */
export class PromptDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(TEXT_LENGTH)
  prompt: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(HISTORY_LENGTH)
  @ValidateNested({ each: true })
  @Type(() => HistoryMessageDto)
  history?: HistoryMessageDto[];

  @IsOptional()
  @IsBoolean()
  improvement?: boolean;

  @IsOptional()
  @IsBoolean()
  intermediate_steps?: boolean;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_LENGTH)
  role?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_LENGTH)
  model?: string;

  @IsOptional()
  @IsIn(['cancel', 'continue'])
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
  @IsString()
  @MaxLength(NAME_LENGTH)
  role?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_LENGTH)
  model?: string;
}
