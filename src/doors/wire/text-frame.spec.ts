import { describe, expect, it } from '@jest/globals';
import { textFrames } from './text-frame.js';

describe('textFrames', () => {
  it.each([
    [0, [0x81, 0]],
    [125, [0x81, 125]],
    [126, [0x81, 126, 0, 126]],
    [65_535, [0x81, 126, 0xff, 0xff]],
    [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
    [200_000, [0x81, 127, 0, 0, 0, 0, 0, 3, 0x0d, 0x40]],
  ])('gives a payload of %i bytes the head of RFC 6455', (length, head) => {
    const payload = 'é'.repeat(length >> 1) + 'x'.repeat(length & 1);
    expect(textFrames(payload)).toEqual(Buffer.concat([Buffer.from(head), Buffer.from(payload)]));
  });

  it('makes a message of each line, each with the prefix', () => {
    const frame = (text: string): Buffer => Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]);
    expect(textFrames('one\ntwo', '4')).toEqual(Buffer.concat([frame('4one'), frame('4two')]));
    expect(textFrames('one', '4')).toEqual(frame('4one'));
  });
});
