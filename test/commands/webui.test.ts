// hxllm webui as a person calls it, up to the hosts: without one, with one that is away, and what a plan of it says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder } from '../inventory/folder.js';
import { hxllm } from '../support/cli.js';

const KEY = 'sk-0123456789abcdef0123456789abcdef';
const MAIN = `litellm_backends: ["http://b:11434"]
litellm_models: [{name: m, provider: ollama, model: "m:1"}]
litellm_master_key: ${KEY}
`;
const INI = '[litellm]\ngw.invalid\n';

async function run(args: string[], ini: string) {
  const files = { 'hosts.ini': ini, 'group_vars/all/main.yml': MAIN };
  const root = folder(files);
  const { code, stdout, stderr } = await hxllm([...args, '-i', 'hosts.ini'], { cwd: root });
  for (const [name, before] of Object.entries(files))
    expect(readFileSync(join(root, name), 'utf8')).toBe(before);
  const text = (stdout + stderr).replace(/\s*\n ›\s*/g, ' ');
  expect(text).not.toContain(KEY);
  return { code, stdout, text };
}

test.each([[['webui']], [['webui', '--check']]])(
  '%s without a host for it: exit 2, with the line to add',
  async (args) => {
    const { code, text } = await run(args, INI);
    expect([code, text]).toEqual([
      2,
      expect.stringMatching(/no host of webui.*add a group \[webui\] with its host/s),
    ]);
  },
);

test('a group of another name is named in that line', async () => {
  const { text } = await run(['webui', '-e', 'hxllm_webui_group=chat'], INI);
  expect(text).toContain('add a group [chat] with its host');
});

test('a host that is not reached: exit 4, and nothing is written', async () => {
  const { code, stdout } = await run(['webui', '--yes', '--timeout', '3'], `${INI}[webui]\nui.invalid\n`);
  expect([code, stdout]).toEqual([4, expect.stringContaining('0 of 1 hosts to change, 1 not read')]);
});

test('its files are rendered without a client, and hold no secret', async () => {
  const args = ['role', 'render', '--role', 'webui', '-e', 'webui_admin_password=hush'];
  const { code, stdout } = await run(args, `${INI}[webui]\nui.invalid\n`);
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining('==> ui.invalid:/etc/open-webui/env (0600)\n# holds secrets: not shown\n'),
  ]);
  expect(stdout).not.toContain('hush');
});
