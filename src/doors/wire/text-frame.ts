const FINAL_TEXT = 0x81;
const SHORT = 126;
const IN_16_BITS = 65_536;

/**
 * WebSocket messages as a server sends them: final, text, neither masked nor compressed (RFC 6455 5.2). One for each line,
 * all in one buffer.
 *
 * @param prefix ASCII that each message begins with
 */
export function textFrames(lines: string, prefix = ''): Buffer {
  if (!lines.includes('\n')) return textFrame(lines, prefix);
  return Buffer.concat(lines.split('\n').map((line) => textFrame(line, prefix)));
}

/** The text is not joined to its prefix first: that would be one more copy of a long one. */
function textFrame(text: string, prefix: string): Buffer {
  const length = prefix.length + Buffer.byteLength(text);
  const head = length < SHORT ? 2 : length < IN_16_BITS ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = FINAL_TEXT;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(prefix, head, 'latin1');
  frame.write(text, head + prefix.length);
  return frame;
}
