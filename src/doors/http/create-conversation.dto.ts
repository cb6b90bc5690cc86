import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import type { OnDisconnect } from '../../core/events/conversation-event.js';
import { IsFilledName, IsOnDisconnect, IsText } from '../wire/fields.js';

/** One agent of a new conversation. */
export class AgentConfigDto {
  @IsFilledName()
  name: string;

  @IsOptional()
  @IsString()
  type?: string;

  @IsOptional()
  @IsString()
  model?: string;

  @IsOptional()
  @IsText()
  goal?: string;

  @IsOptional()
  @IsText()
  background?: string;

  @IsOptional()
  @IsObject()
  profile?: Record<string, unknown>;

  @IsOptional()
  @IsText()
  instructions?: string;

  @IsOptional()
  @IsInt()
  speaking_id?: number;
}

/** Goal and background of one agent, given beside the scenario. */
export class BackgroundAgentDto {
  @IsFilledName()
  name: string;

  @IsOptional()
  @IsText()
  background?: string;

  @IsOptional()
  @IsText()
  goal?: string;
}

/** The older form of a scenario, with what each agent knows. */
export class BackgroundDto {
  @IsText()
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
  @IsText()
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
  @IsOnDisconnect()
  on_disconnect?: OnDisconnect;
}
