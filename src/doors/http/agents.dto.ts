import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

const NAME_LENGTH = 200;
const TEXT_LENGTH = 262_144;

/** Body of POST and PUT /agents/{key}; the bounds are those of the configuration's agents. */
export class AgentDto {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(NAME_LENGTH)
  name?: string;

  @IsOptional()
  @IsString()
  @MaxLength(TEXT_LENGTH)
  instructions?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(NAME_LENGTH)
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
