const FINAL_TEXT = 0x81;
const SHORT = 126;
const IN_16_BITS = 65_536;

/** One WebSocket message as a server sends it: final, text, neither masked nor compressed (RFC 6455 5.2). */
export function textFrame(payload: string): Buffer {
  const length = Buffer.byteLength(payload);
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
  frame.write(payload, head);
  return frame;
}
