// Sends a local file to a host on a channel of its own: beside the path first, renamed when its size is right.
import { open } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HxError } from '../errors.js';
import { ended, type Place, start } from './exec.js';

// cut in transit, cat sees an early end: then the size is wrong and nothing is renamed
const RECEIVE = [
  'umask 077',
  'cat >"$1.part" || exit 1',
  'size=$(wc -c <"$1.part")',
  '[ "$size" -eq "$2" ] && mv -f "$1.part" "$1" && exit 0',
  'rm -f "$1.part"; echo "got $size of $2 bytes" >&2; exit 1',
].join('; ');

export async function uploadFile(
  place: Place,
  localPath: string,
  remotePath: string,
  options: { onProgress?: (bytes: number, total: number) => void; signal?: AbortSignal },
): Promise<void> {
  const { onProgress, signal } = options;
  const file = await open(localPath);
  try {
    const { size } = await file.stat();
    const argv = ['sh', '-c', RECEIVE, 'sh', remotePath, String(size)];
    const { input, done } = start(place, argv, signal ? { signal } : {});
    let sent = 0;
    const count = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        sent += chunk.length;
        onProgress?.(sent, size);
        next(null, chunk);
      },
    });
    // a file that grows meanwhile is sent as it was
    const source = size === 0 ? [] : file.createReadStream({ autoClose: false, start: 0, end: size - 1 });
    const sending = pipeline(source, count, input).catch(() => {}); // the channel's own end says more
    const { code, stderr } = ended(place, await done);
    await sending;
    if (code === 0) return;
    throw new HxError({
      code: 'host-failed',
      where: `${place.name}: ${remotePath}`,
      message: `the file was not written: ${stderr.trim().split('\n').at(-1) || `exit code ${code}`}`,
      hint: 'look at the space left and the folder’s owner on the host: df -h; ls -ld',
    });
  } finally {
    await file.close();
  }
}
