// Where hxllm keeps what is dear to make and may be deleted at any time.
import { homedir } from 'node:os';
import { join } from 'node:path';

export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return env.HXLLM_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hxllm');
}
