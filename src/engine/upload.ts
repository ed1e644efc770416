// Files of the control node that must lie on a host before its apply: checked, sent once, additive.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { bytes } from '../bytes.js';
import { HxError } from '../errors.js';
import type { Upload } from '../resources/kind.js';
import { quote } from '../shell.js';
import type { Session } from '../ssh/types.js';

/** Checks a file before it travels, and skips it when the host has it already. */
export async function send(
  session: Session,
  upload: Upload,
  say: (text: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(upload.local), hash);
  } catch (cause) {
    throw new HxError({
      code: 'config',
      message: `${upload.local} cannot be read: ${(cause as Error).message}`,
      hint: 'the path is one of the control node',
    });
  }
  const digest = hash.digest('hex');
  if (digest !== upload.sha256) {
    throw new HxError({
      code: 'config',
      where: upload.local,
      message: `SHA-256 is ${digest}, not ${upload.sha256}`,
      hint: 'get the file again, or correct the checksum in the inventory',
    });
  }
  const remote = quote(upload.remote);
  const there = await session.run(
    `mkdir -p -m 0700 /var/lib/hxllm/uploads; echo '${digest}  ${upload.remote}' | sha256sum -c --status 2>/dev/null && echo there; test -d ${remote} && exit 1; true\n`,
  );
  if (there.stdout.includes('there')) return;
  await session.upload(upload.local, upload.remote, {
    onProgress: (sent, total) =>
      say(
        `sending ${upload.local.split('/').at(-1)}: ${Math.floor((sent / total) * 100)} % of ${bytes(total)}`,
      ),
    ...(signal ? { signal } : {}),
  });
}
