import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { HistoryMessageDto } from '../wire/history.dto.js';
import { IsCursor } from '../wire/is-cursor.js';
import { ClientToolDto, MOST_TOOLS } from './client-tool.dto.js';
import { IsFilledName, IsHistory, IsName, IsTemperature, IsText, IsTopP } from '../wire/fields.js';

const ID_LENGTH = 256;
const MOST_RESULTS = 128;
const MOST_TOKENS = 10_000_000;

export const TOOL_CHOICES = ['auto', 'any', 'none', 'required'] as const;

/** Which tool the model is to call. */
export type ToolChoice =
  (typeof TOOL_CHOICES)[number] | { readonly type: 'function'; readonly function: { readonly name: string } };

/** A word, or a tool by its name in OpenAI's form. */
export function IsToolChoice(): PropertyDecorator {
  return ValidateBy({
    name: 'isToolChoice',
    validator: {
      validate: isToolChoice,
      defaultMessage: () =>
        `$property must be one of ${TOOL_CHOICES.join(', ')}, or {"type": "function", "function": {"name": …}}`,
    },
  });
}

function isToolChoice(value: unknown): value is ToolChoice {
  if (typeof value === 'string') return TOOL_CHOICES.some((word) => word === value);
  if (!isRecord(value) || value['type'] !== 'function' || !isRecord(value['function'])) return false;
  return typeof value['function']['name'] === 'string';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parameters of `generate`. `null` stands for "not given". */
export class GenerateDto {
  @IsOptional()
  @IsHistory()
  history?: HistoryMessageDto[];

  @IsOptional()
  @IsText()
  message?: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_TOOLS)
  @ValidateNested({ each: true })
  @Type(() => ClientToolDto)
  tools?: ClientToolDto[];

  @IsOptional()
  @IsToolChoice()
  tool_choice?: ToolChoice;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_TOKENS)
  max_tokens?: number;

  /** The same by its other name. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_TOKENS)
  max_new_tokens?: number;

  @IsOptional()
  @IsTemperature()
  temperature?: number;

  @IsOptional()
  @IsTopP()
  top_p?: number;

  @IsOptional()
  @IsFilledName()
  model?: string;

  @IsOptional()
  @IsFilledName()
  agent_name?: string;

  @IsOptional()
  @IsString()
  @MaxLength(ID_LENGTH)
  session_id?: string;

  /** Older clients count their rounds themselves. */
  @IsOptional()
  @IsInt()
  iteration_count?: number;
}

/** What came of one call. */
export class ToolResultDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(ID_LENGTH)
  tool_call_id: string;

  @IsOptional()
  @IsName()
  tool_name?: string;

  /** Any JSON. */
  @IsOptional()
  @Allow()
  result?: unknown;

  @IsOptional()
  @IsBoolean()
  is_error?: boolean;

  /** The same by its other name. */
  @IsOptional()
  @IsBoolean()
  isError?: boolean;

  @IsOptional()
  @IsText()
  error_message?: string;

  /** Instead of both: that there is one says that the tool failed. */
  @IsOptional()
  @IsText()
  error?: string;
}

/** Parameters of `tool_result`. */
export class ToolResultsDto {
  @IsOptional()
  @IsString()
  @MaxLength(ID_LENGTH)
  session_id?: string;

  @IsString()
  @MaxLength(ID_LENGTH)
  task_id: string;

  @IsArray()
  @ArrayMaxSize(MOST_RESULTS)
  @ValidateNested({ each: true })
  @Type(() => ToolResultDto)
  results: ToolResultDto[];
}

/** Parameters of `cancel`. */
export class CancelTaskDto {
  @IsOptional()
  @IsString()
  @MaxLength(ID_LENGTH)
  session_id?: string;

  @IsOptional()
  @IsString()
  @MaxLength(ID_LENGTH)
  task_id?: string;
}

/** Parameters of `resume`. */
export class ResumeSessionDto {
  @IsOptional()
  @IsString()
  @MaxLength(ID_LENGTH)
  session_id?: string;

  /** The last cursor that was given; absent: the start of the session, or of the task. */
  @IsOptional()
  @IsCursor()
  after?: string | number;

  /** Only this task. */
  @IsOptional()
  @IsString()
  @MaxLength(ID_LENGTH)
  task_id?: string;
}

/** Parameters of `ping` and `tool_list`. */
export class NoParamsDto {
  @IsOptional()
  @IsString()
  @MaxLength(ID_LENGTH)
  session_id?: string;
}
