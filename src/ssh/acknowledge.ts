// After a login an OpenSSH tells its host keys. An answer lets the kernel acknowledge them, for which sshd's next words
// would wait: 40 ms on every connection (docs/traps.md, ssh).

/** The part of ssh2's protocol that is used here. */
export interface Protocol {
  _handlers: { GLOBAL_REQUEST(protocol: Protocol, name: string, wantsReply: boolean, data: Buffer): void };
  _packetRW: {
    write: { allocStart: number; alloc(payload: number): Buffer; finalize(packet: Buffer): Buffer };
  };
  _cipher: { encrypt(packet: Buffer): void };
}

/** SSH_MSG_IGNORE with an empty string: no answer comes (RFC 4253, 11.2). */
const IGNORE = [2, 0, 0, 0, 0];

/** Instead of ssh2's own answer, which has every key proven once more: a signature each, which nobody asks for. */
export function acknowledgeHostKeys(protocol: Protocol): void {
  const { _handlers: handlers } = protocol;
  const ssh2s = handlers.GLOBAL_REQUEST;
  handlers.GLOBAL_REQUEST = (...request) => {
    const [, name, wantsReply] = request;
    if (name === 'hostkeys-00@openssh.com' && !wantsReply) ignoreMe(protocol);
    else ssh2s.apply(handlers, request);
  };
}

function ignoreMe({ _packetRW, _cipher }: Protocol): void {
  const packet = _packetRW.write.alloc(IGNORE.length);
  packet.set(IGNORE, _packetRW.write.allocStart);
  _cipher.encrypt(_packetRW.write.finalize(packet));
}
