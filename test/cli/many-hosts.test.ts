// Many hosts at once, none of which answers.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder } from '../inventory/folder.js';
import { hxllm } from '../support/cli.js';
import { startSilence } from '../support/ssh-server.js';

test('each is named, and nobody is warned of anything else', async () => {
  const silence = await startSilence('0.0.0.0'); // sshd's limit is per address: so each has its own
  const names = Array.from({ length: 16 }, (_, i) => `127.0.0.${i + 2}`);
  const host = (name: string) => `${name} ansible_port=${silence.port}\n`;
  const dir = folder({
    'hosts.ini': `[litellm]\n${host('127.0.0.1')}[llm]\n${names.map(host).join('')}`,
    'group_vars/all.yml':
      'litellm_master_key: sk-0123456789abcdef0123456789abcdef\nollama_models: [phi3:3.8b]\n',
  });
  const words = ['plan', '--role', 'backend', '--parallel', '16', '--timeout', '1'];
  const { code, stdout } = await hxllm([...words, '-i', join(dir, 'hosts.ini')]);
  await silence.stop();
  expect(code).toBe(4);
  for (const name of names)
    expect(stdout).toContain(`${name}: no answer from ${name} port ${silence.port} within 1 s\n`);
});
