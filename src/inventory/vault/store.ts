// Writes a file in one step: whoever reads sees the old text or the new one. Mode and owner stay.
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { HxError, messageOf } from '../../errors.js';

export function storeFile(path: string, text: string, mode = 0o600): void {
  let beside: string | undefined;
  try {
    const target = realTarget(path);
    const before = statSync(target, { throwIfNoEntry: false });
    beside = `${target}.${randomBytes(4).toString('hex')}.tmp`;
    const file = openSync(beside, 'wx', 0o600);
    try {
      writeFileSync(file, text); // a full disk may take a part: writeSync would say so only by a number
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (before && (before.uid !== process.getuid?.() || before.gid !== process.getgid?.()))
      chownSync(beside, before.uid, before.gid);
    chmodSync(beside, before ? before.mode & 0o7777 : mode);
    renameSync(beside, target);
  } catch (error) {
    if (beside) rmSync(beside, { force: true });
    throw new HxError({
      code: 'vault',
      message: `cannot write: ${messageOf(error)}`,
      where: path,
      cause: error,
    });
  }
}

/** Behind a link the file itself is replaced, not the link. */
function realTarget(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
