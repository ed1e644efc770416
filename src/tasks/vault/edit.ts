// hxllm vault edit: the plaintext lives in a private folder for as long as the editor runs, and is gone whatever happens.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { HxError } from '../../errors.js';
import type { Vault } from '../../inventory/vault/vault.js';
import { parseYaml } from '../../yaml.js';
import { reseal, vaultText } from './files.js';

/** True when the file was changed. */
export async function editVault(
  file: string,
  vault: Vault,
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  const sealed = vaultText(file);
  const before = vault.open(sealed, file);
  // memory rather than disk, where there is such a place
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hxllm-vault-'));
  const copy = join(folder, basename(file));
  const ignore = (): void => {};
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  // Ctrl-C belongs to the editor; dying of it here would leave the plaintext
  for (const signal of signals) process.on(signal, ignore);
  try {
    chmodSync(folder, 0o700);
    writeFileSync(copy, before, { mode: 0o600 });
    await runEditor(env.VISUAL || env.EDITOR || 'vi', copy);
    const after = readFileSync(copy, 'utf8');
    if (after === before) return false;
    refuseBroken(file, before, after);
    reseal(file, sealed, after, vault);
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    for (const signal of signals) process.off(signal, ignore);
  }
}

function runEditor(editor: string, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // an editor may come with arguments: EDITOR="code --wait"
    const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    const failed = (why: string): void =>
      reject(
        new HxError({
          code: 'vault',
          message: `the editor ${editor} ${why}; nothing was changed`,
          hint: 'set EDITOR',
        }),
      );
    child.on('error', (error) => failed(error.message));
    child.on('close', (code, signal) => (code === 0 ? resolve() : failed(`ended with ${code ?? signal}`)));
  });
}

/** Only what was YAML before must still be YAML. */
function refuseBroken(file: string, before: string, after: string): void {
  try {
    parseYaml(before, file);
  } catch {
    return;
  }
  parseYaml(after, file);
}
