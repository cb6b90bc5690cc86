import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import type { OnDisconnect } from '../../core/events/conversation-event.js';
import { HistoryToolCallDto } from '../wire/history.dto.js';
import { IsFilledName, IsOnDisconnect, IsTemperature, IsTopP } from '../wire/fields.js';

/** One message of a completion. */
export class CompletionMessageDto {
  @IsIn(['system', 'developer', 'user', 'assistant', 'tool'])
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';

  /** Text, a list of parts, or null. */
  @IsOptional()
  @Allow()
  content?: unknown;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(128)
  @ValidateNested({ each: true })
  @Type(() => HistoryToolCallDto)
  tool_calls?: HistoryToolCallDto[];

  @IsOptional()
  @IsString()
  tool_call_id?: string;
}

/** The function of a tool that the caller runs. */
export class CompletionFunctionDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(64)
  name: string;

  @IsOptional()
  @IsString()
  description?: string;

  @IsOptional()
  @IsObject()
  parameters?: Record<string, unknown>;
}

/** A tool that the caller runs. */
export class CompletionToolDto {
  @IsIn(['function'])
  type: 'function';

  @IsObject()
  @ValidateNested()
  @Type(() => CompletionFunctionDto)
  function: CompletionFunctionDto;
}

/** What a stream is to have beside the answer. */
export class StreamOptionsDto {
  @IsOptional()
  @IsBoolean()
  include_usage?: boolean;
}

/** Body of POST /v1/chat/completions: what is read of it. Other fields are passed on if they are known, else ignored. */
export class CompletionDto {
  @IsFilledName()
  model: string;

  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10_000)
  @ValidateNested({ each: true })
  @Type(() => CompletionMessageDto)
  messages: CompletionMessageDto[];

  @IsOptional()
  @IsBoolean()
  stream?: boolean;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => StreamOptionsDto)
  stream_options?: StreamOptionsDto;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(128)
  @ValidateNested({ each: true })
  @Type(() => CompletionToolDto)
  tools?: CompletionToolDto[];

  /** `auto`, `none`, `required`, or a function by name. */
  @IsOptional()
  @Allow()
  tool_choice?: unknown;

  @IsOptional()
  @IsTemperature()
  temperature?: number;

  @IsOptional()
  @IsTopP()
  top_p?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  max_tokens?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  max_completion_tokens?: number;

  @IsOptional()
  @IsInt()
  seed?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  n?: number;

  @IsOptional()
  @IsOnDisconnect()
  on_disconnect?: OnDisconnect;
}
