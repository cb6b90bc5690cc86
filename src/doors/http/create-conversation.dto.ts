import { Type } from 'class-transformer';
import {
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
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import type { OnDisconnect } from '../../core/events/conversation-event.js';

const NAME_LENGTH = 200;
const TEXT_LENGTH = 262_144;

/** One agent of a new conversation. */
export class AgentConfigDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(NAME_LENGTH)
  name: string;

  @IsOptional()
  @IsString()
  type?: string;

  @IsOptional()
  @IsString()
  model?: string;

  @IsOptional()
  @IsString()
  @MaxLength(TEXT_LENGTH)
  goal?: string;

  @IsOptional()
  @IsString()
  @MaxLength(TEXT_LENGTH)
  background?: string;

  @IsOptional()
  @IsObject()
  profile?: Record<string, unknown>;

  @IsOptional()
  @IsString()
  @MaxLength(TEXT_LENGTH)
  instructions?: string;

  @IsOptional()
  @IsInt()
  speaking_id?: number;
}

/** Goal and background of one agent, given beside the scenario. */
export class BackgroundAgentDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(NAME_LENGTH)
  name: string;

  @IsOptional()
  @IsString()
  @MaxLength(TEXT_LENGTH)
  background?: string;

  @IsOptional()
  @IsString()
  @MaxLength(TEXT_LENGTH)
  goal?: string;
}

/** The older form of a scenario, with what each agent knows. */
export class BackgroundDto {
  @IsString()
  @MaxLength(TEXT_LENGTH)
  scenario: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @ValidateNested({ each: true })
  @Type(() => BackgroundAgentDto)
  agent_configs?: BackgroundAgentDto[];
}

/** Body of POST /conversations. */
export class CreateConversationDto {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(64)
  @ValidateNested({ each: true })
  @Type(() => AgentConfigDto)
  agent_configs: AgentConfigDto[];

  @IsOptional()
  @IsString()
  @MaxLength(TEXT_LENGTH)
  scenario?: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => BackgroundDto)
  background?: BackgroundDto;

  @IsOptional()
  @IsInt()
  @Min(0)
  max_turns?: number;

  @IsOptional()
  @IsString()
  model_name?: string;

  @IsOptional()
  @IsString()
  action_order?: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @IsInt({ each: true })
  speaking_order?: number[];

  @IsOptional()
  @IsBoolean()
  enable_evaluation?: boolean;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  evaluators?: string[];

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(0xffff_ffff)
  seed?: number;

  @IsOptional()
  @IsBoolean()
  return_log?: boolean;

  @IsOptional()
  @IsIn(['cancel', 'continue'])
  on_disconnect?: OnDisconnect;
}
