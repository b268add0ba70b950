// The server's half of RFC 6455, as far as the fake needs it: handshake with a subprotocol, text, ping, close.

import { createHash } from "node:crypto";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const encode = (opcode, payload) => {
  const { length } = payload;
  const head = length < 126 ? Buffer.from([0x80 | opcode, length]) : length < 65536 ? Buffer.alloc(4) : Buffer.alloc(10);
  if (length >= 126) {
    head[0] = 0x80 | opcode;
    head[1] = length < 65536 ? 126 : 127;
    if (length < 65536) head.writeUInt16BE(length, 2);
    else head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
};

/** Answers an upgrade; `on.text` gets each message, `on.gone` runs once at the end. */
export function accept(request, socket, protocol, on) {
  const key = createHash("sha1").update(request.headers["sec-websocket-key"] + GUID).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
  );
  let buffer = Buffer.alloc(0);
  let gone = false;
  const line = {
    send: (text) => gone || socket.write(encode(1, Buffer.from(text))),
    close(code, reason = "") {
      const payload = Buffer.alloc(2);
      payload.writeUInt16BE(code);
      socket.end(encode(8, Buffer.concat([payload, Buffer.from(reason)])));
    },
    /** As when a cable is pulled. */
    cut: () => socket.destroy(),
  };
  socket.on("data", (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      if (buffer.length < 6) return;
      let length = buffer[1] & 127;
      let at = 2;
      if (length === 126) [length, at] = [buffer.readUInt16BE(2), 4];
      else if (length === 127) [length, at] = [Number(buffer.readBigUInt64BE(2)), 10];
      if (buffer.length < at + 4 + length) return;
      const mask = buffer.subarray(at, at + 4);
      const payload = Buffer.from(buffer.subarray(at + 4, at + 4 + length)).map((byte, i) => byte ^ mask[i & 3]);
      const opcode = buffer[0] & 15;
      buffer = buffer.subarray(at + 4 + length);
      if (opcode === 1) on.text(payload.toString());
      else if (opcode === 9) socket.write(encode(10, payload));
      else if (opcode === 8) socket.end(encode(8, payload));
    }
  });
  const end = () => {
    if (!gone) on.gone();
    gone = true;
  };
  socket.on("close", end);
  socket.on("error", end);
  return line;
}
