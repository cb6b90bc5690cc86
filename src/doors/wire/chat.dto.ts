import { IsBoolean, IsOptional } from 'class-validator';
import type { OnDisconnect } from '../../core/events/conversation-event.js';
import { HistoryMessageDto } from './history.dto.js';
import { IsHistory, IsName, IsOnBusy, IsOnDisconnect, IsText } from './fields.js';

/** Body of POST /chat and POST /chat/stream, and what is asked on sockets. `null` stands for "not given". */
export class ChatDto {
  /** May be empty. */
  @IsText()
  message: string;

  @IsOptional()
  @IsName()
  agent_name?: string;

  @IsOptional()
  @IsName()
  conversation_id?: string;

  /** What was said before, instead of what this server remembers. */
  @IsOptional()
  @IsHistory()
  history?: HistoryMessageDto[];

  @IsOptional()
  @IsBoolean()
  reset_history?: boolean;

  @IsOptional()
  @IsBoolean()
  parallel_tools?: boolean;

  @IsOptional()
  @IsText()
  instructions?: string;

  @IsOptional()
  @IsName()
  model?: string;

  @IsOptional()
  @IsName()
  user?: string;

  @IsOptional()
  @IsOnDisconnect()
  on_disconnect?: OnDisconnect;

  @IsOptional()
  @IsOnBusy()
  on_busy?: 'reject' | 'queue';
}
