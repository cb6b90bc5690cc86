import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsBooleanString,
  IsEmail,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { describeDto, fieldsOf, schemasOf, type DescribedDto, type DtoClass } from './schema-of.js';

class InnerDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(5)
  name: string;
}

class OuterDto {
  @IsArray()
  @ArrayMaxSize(3)
  @ValidateNested({ each: true })
  @Type(() => InnerDto)
  list: InnerDto[];

  @IsOptional()
  @ValidateNested()
  @Type(() => InnerDto)
  inner?: InnerDto;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(9)
  count?: number;

  @IsNumber()
  ratio: number;

  @IsBoolean()
  yes: boolean;

  @IsBooleanString()
  flag: string;

  @IsOptional()
  @IsIn(['a', 'b'])
  word?: 'a' | 'b';

  @IsArray()
  @IsInt({ each: true })
  numbers: number[];

  @Matches(/^x+$/)
  @IsString()
  pattern: string;

  @IsObject()
  open: object;

  @Allow()
  anything: unknown;
}

const INNER = describeDto(InnerDto, { name: 'Its name.' });
const OUTER = describeDto(OuterDto, {
  list: 'l',
  inner: 'i',
  count: { description: 'c', default: 3 },
  ratio: 'r',
  yes: 'y',
  flag: 'f',
  word: 'w',
  numbers: 'n',
  pattern: 'p',
  open: 'o',
  anything: 'a',
});

const notes = (...described: DescribedDto[]): ReadonlyMap<DtoClass, DescribedDto> =>
  new Map(described.map((one) => [one.dto, one]));

describe('the schema of a DTO', () => {
  it('says what its validators keep', () => {
    const schemas = schemasOf(OuterDto, notes(INNER, OUTER));
    expect(schemas).toEqual({
      Outer: {
        type: 'object',
        required: ['list', 'ratio', 'yes', 'flag', 'numbers', 'pattern', 'open', 'anything'],
        additionalProperties: false,
        properties: {
          list: { type: 'array', maxItems: 3, items: { $ref: '#/components/schemas/Inner' }, description: 'l' },
          inner: { description: 'i', anyOf: [{ $ref: '#/components/schemas/Inner' }, { type: 'null' }] },
          count: { type: ['integer', 'null'], minimum: 1, maximum: 9, description: 'c', default: 3 },
          ratio: { type: 'number', description: 'r' },
          yes: { type: 'boolean', description: 'y' },
          flag: { type: 'string', enum: ['true', 'false', '1', '0'], description: 'f' },
          word: { type: ['string', 'null'], enum: ['a', 'b', null], description: 'w' },
          numbers: { type: 'array', items: { type: 'integer' }, description: 'n' },
          pattern: { type: 'string', pattern: '^x+$', description: 'p' },
          open: { type: 'object', description: 'o' },
          anything: { description: 'a' },
        },
      },
      Inner: {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: { name: { type: 'string', minLength: 1, maxLength: 5, description: 'Its name.' } },
      },
    });
  });

  it('gives the fields of a query without null', () => {
    const field = fieldsOf(OuterDto, notes(OUTER)).find((one) => one.name === 'word');
    expect(field).toMatchObject({ required: false, schema: { type: 'string', enum: ['a', 'b'] } });
  });

  it('does not pass over what it does not know', () => {
    class MailDto {
      @IsEmail()
      mail: string;
    }
    class UntypedDto {
      @IsNotEmpty()
      it: unknown;
    }
    class LooseDto {
      @ValidateNested()
      inner: InnerDto;
    }
    class BothDto {
      @IsString()
      @IsInt()
      both: string;
    }
    const mail = describeDto(MailDto, { mail: 'm' });
    expect(() => schemasOf(MailDto, notes(mail))).toThrow('MailDto.mail: no schema for the validator "isEmail"');
    expect(() => schemasOf(UntypedDto, notes(describeDto(UntypedDto, { it: 'i' })))).toThrow('name no type');
    expect(() => schemasOf(LooseDto, notes(describeDto(LooseDto, { inner: 'i' })))).toThrow('without @Type');
    expect(() => schemasOf(BothDto, notes(describeDto(BothDto, { both: 'b' })))).toThrow('is both');
  });

  it('takes the schema of a note for a validator of our own', () => {
    class MailDto {
      @IsEmail()
      mail: string;
    }
    const noted = describeDto(MailDto, { mail: { description: 'm', schema: { type: 'string', pattern: '@' } } });
    expect(schemasOf(MailDto, notes(noted))['Mail']?.properties).toEqual({
      mail: { type: 'string', pattern: '@', description: 'm' },
    });
  });
});
