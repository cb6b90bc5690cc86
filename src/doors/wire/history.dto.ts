import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { TEXT_LENGTH } from './lengths.js';

/** The function of a tool call in a history. */
export class HistoryFunctionDto {
  @IsString()
  @IsNotEmpty()
  name: string;

  /** JSON, as text. */
  @IsString()
  @MaxLength(TEXT_LENGTH)
  arguments: string;
}

/** A tool call of an assistant message in a history. */
export class HistoryToolCallDto {
  @IsString()
  @IsNotEmpty()
  id: string;

  @IsOptional()
  @IsIn(['function'])
  type?: 'function';

  @IsObject()
  @ValidateNested()
  @Type(() => HistoryFunctionDto)
  function: HistoryFunctionDto;
}

/** One message of a history that a client sends along. */
export class HistoryMessageDto {
  @IsIn(['system', 'user', 'assistant', 'tool'])
  role: 'system' | 'user' | 'assistant' | 'tool';

  @IsOptional()
  @IsString()
  @MaxLength(TEXT_LENGTH)
  content?: string;

  /** Of an assistant. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @ValidateNested({ each: true })
  @Type(() => HistoryToolCallDto)
  tool_calls?: HistoryToolCallDto[];

  /** Of a tool: the call it answers. */
  @IsOptional()
  @IsString()
  tool_call_id?: string;

  @IsOptional()
  @IsString()
  tool_name?: string;

  /** Of a tool, instead of `content`: any JSON. */
  @IsOptional()
  @Allow()
  tool_result?: unknown;

  /** Of a tool that failed, instead of `content`. */
  @IsOptional()
  @IsString()
  tool_error?: string;
}
