import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { IsFilledName } from '../wire/fields.js';

const DESCRIPTION_LENGTH = 16_384;
/** Tools of one client. */
export const MOST_TOOLS = 128;

/** What OpenAI's form of a tool holds. */
export class ClientFunctionDto {
  @IsFilledName()
  name: string;

  @IsOptional()
  @IsString()
  @MaxLength(DESCRIPTION_LENGTH)
  description?: string;

  @IsOptional()
  @IsObject()
  parameters?: Record<string, unknown>;

  @IsOptional()
  @IsBoolean()
  strict?: boolean;
}

/** A tool that the client runs, flat or in OpenAI's form. */
export class ClientToolDto {
  @IsOptional()
  @IsIn(['function'])
  type?: 'function';

  /** OpenAI's form; then the other fields are not there. */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ClientFunctionDto)
  function?: ClientFunctionDto;

  @IsOptional()
  @IsFilledName()
  name?: string;

  @IsOptional()
  @IsString()
  @MaxLength(DESCRIPTION_LENGTH)
  description?: string;

  /** JSON Schema of an object; missing: a tool without parameters. */
  @IsOptional()
  @IsObject()
  parameters?: Record<string, unknown>;

  @IsOptional()
  @IsBoolean()
  strict?: boolean;
}

/** Body of POST /create_session. */
export class CreateSessionDto {
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_TOOLS)
  @ValidateNested({ each: true })
  @Type(() => ClientToolDto)
  tools?: ClientToolDto[];
}

/** One message of JSON-RPC 2.0 over HTTP. */
export class RpcRequestDto {
  @IsIn(['2.0'])
  jsonrpc: '2.0';

  @IsString()
  method: string;

  @IsOptional()
  @IsObject()
  params?: object;

  @IsOptional()
  @Allow()
  id?: string | number | null;
}
