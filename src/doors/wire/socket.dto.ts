import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { CancelMode } from '../../conversations/run-supervisor.js';
import { IsCursor } from './is-cursor.js';

const ID_LENGTH = 100;

/** Where a reader goes on. */
export class ResumeDto {
  @IsString()
  @MaxLength(ID_LENGTH)
  conversation_id: string;

  /** The last cursor that was given; absent: the start of the log, or of the run. */
  @IsOptional()
  @IsCursor()
  after?: string | number;

  /** Only this run. */
  @IsOptional()
  @IsString()
  @MaxLength(ID_LENGTH)
  run_id?: string;
}

/** A conversation. */
export class ConversationDto {
  @IsString()
  @MaxLength(ID_LENGTH)
  conversation_id: string;
}

/** What is to be cancelled. */
export class CancelConversationDto extends ConversationDto {
  @IsOptional()
  @IsIn(['now', 'after_turn'])
  mode?: CancelMode;
}

/** The same where the socket knows what runs over it. */
export class CancelChatDto {
  @IsOptional()
  @IsString()
  @MaxLength(ID_LENGTH)
  conversation_id?: string;

  @IsOptional()
  @IsIn(['now', 'after_turn'])
  mode?: CancelMode;
}
