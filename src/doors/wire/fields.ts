/** Rules of fields that the bodies of several doors share: what one door takes, the others take. */
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { HistoryMessageDto } from './history.dto.js';
import { NAME_LENGTH, TEXT_LENGTH } from './lengths.js';

/** Messages of a history in any configuration; how many there may be is configured. */
const HISTORY_LENGTH = 10_000;

/** A text: what is said, or what an agent is told. */
export function IsText(): PropertyDecorator {
  return together(IsString(), MaxLength(TEXT_LENGTH));
}

/** A name of something; an empty one names nothing. */
export function IsName(): PropertyDecorator {
  return together(IsString(), MaxLength(NAME_LENGTH));
}

/** A name that says something. */
export function IsFilledName(): PropertyDecorator {
  return together(IsString(), IsNotEmpty(), MaxLength(NAME_LENGTH));
}

/** What was said before. */
export function IsHistory(): PropertyDecorator {
  return together(
    IsArray(),
    ArrayMaxSize(HISTORY_LENGTH),
    ValidateNested({ each: true }),
    Type(() => HistoryMessageDto),
  );
}

/** How freely a model chooses its words. */
export function IsTemperature(): PropertyDecorator {
  return together(IsNumber(), Min(0), Max(2));
}

/** Share of the likeliest words that a model chooses from. */
export function IsTopP(): PropertyDecorator {
  return together(IsNumber(), Min(0), Max(1));
}

/** How long a page may be, of what stands in an address. */
export function IsPageLength(most: number): PropertyDecorator {
  return together(
    Type(() => Number),
    IsInt(),
    Min(1),
    Max(most),
  );
}

/** What the end of the last watcher does to a run. */
export function IsOnDisconnect(): PropertyDecorator {
  return IsIn(['cancel', 'continue']);
}

/** What becomes of a message that comes while another is answered. */
export function IsOnBusy(): PropertyDecorator {
  return IsIn(['reject', 'queue']);
}

/** Rules as if they stood one below the other: the last is applied first. */
function together(...rules: readonly PropertyDecorator[]): PropertyDecorator {
  return (target, name) => {
    for (const rule of rules.toReversed()) rule(target, name);
  };
}
