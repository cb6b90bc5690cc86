import { ArrayMaxSize, IsArray, IsInt, IsNumber, IsOptional, IsString, Max, Min } from 'class-validator';
import { IsFilledName, IsText } from '../wire/fields.js';

/** Body of POST and PUT /agents/{key}; the bounds are those of the configuration's agents. */
export class AgentDto {
  @IsOptional()
  @IsFilledName()
  name?: string;

  @IsOptional()
  @IsText()
  instructions?: string;

  @IsOptional()
  @IsFilledName()
  model?: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(128)
  @IsString({ each: true })
  tools?: string[];

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(64)
  max_parallel_tools?: number;

  @IsOptional()
  @IsNumber()
  @Min(0.001)
  @Max(86_400)
  tool_call_timeout?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1000)
  max_tool_rounds?: number;
}
