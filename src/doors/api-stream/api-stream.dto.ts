import { IsObject, IsOptional } from 'class-validator';

type Open = Record<string, unknown>;

/**
 * Body of POST /api/stream. Its parts are open: clients send their whole objects, of which a few fields are read.
 * `read-api-stream.ts` says which.
 */
export class ApiStreamDto {
  @IsObject()
  model: Open;

  @IsObject()
  context: Open;

  @IsOptional()
  @IsObject()
  options?: Open;
}
