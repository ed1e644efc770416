// Questions on a real terminal (a pty made by script(1)): what is shown, what is hidden, and Ctrl-C.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'rolldown';
import { beforeAll, expect, test } from 'vitest';
import { ROOT } from '../support/built.js';

const built = mkdtempSync(join(tmpdir(), 'hxllm-prompt-'));

beforeAll(async () => {
  const input = { prompt: join(ROOT, 'src/ui/prompt.ts'), secret: join(ROOT, 'src/secret.ts') };
  const entryFileNames = '[name].mjs';
  await build({
    input,
    platform: 'node',
    output: { dir: built, entryFileNames, chunkFileNames: entryFileNames },
  });
});

/** Asks on a terminal, types `keys` once the question is there, and gives all that the terminal showed. */
function onTerminal(ask: string, keys: string): Promise<string> {
  const code = `
    import { confirm, askSecret } from '${built}/prompt.mjs';
    import { Masker } from '${built}/secret.mjs';
    const masker = new Masker();
    const answer = await (${ask}).catch((error) => error);
    const word = answer?.reveal ? answer.reveal().length : (answer?.code ?? answer);
    console.log('answer ' + word + ' ' + masker.mask('hunter22'));`;
  const command = `"${process.execPath}" --input-type=module -e '${code.replaceAll("'", `'\\''`)}'`;
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: 'pipe' });
    let shown = '';
    let isTyped = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (isTyped || !/[:\]] $/.test(shown.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, ''))) return;
      isTyped = true;
      setTimeout(() => child.stdin.write(keys), 100);
    });
    child.on('error', reject).on('close', () => resolve(shown));
  });
}

const CONFIRM = `confirm('Change 2 hosts?', { flag: '--yes' })`;
const SECRET = `askSecret('Vault password', { flag: '--vault-password-file', masker })`;

test.each([
  ['y\r', 'true'],
  ['yes\r', 'true'],
  ['\r', 'false'],
  ['n\r', 'false'],
  ['\x03', 'interrupted'],
  ['\x04', 'interrupted'],
])('Change 2 hosts? %j is %s', async (keys, answer) => {
  const shown = await onTerminal(CONFIRM, keys);
  expect(shown).toContain('Change 2 hosts? [y/N]');
  expect(shown).toContain(`answer ${answer}`);
});

test('a password is not shown, and the masker knows it', async () => {
  const shown = await onTerminal(SECRET, 'hunter22\r');
  expect(shown).toContain('Vault password: ');
  expect(shown).toContain('answer 8 [secret]');
  expect(shown).not.toContain('hunter22');
});
