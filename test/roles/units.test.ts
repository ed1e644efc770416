// The unit files: systemd itself accepts them and rates what they may do.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { render } from '../../src/templates.js';
import { Host } from '../resources/host.js';
import { COMPLETED } from '../stack/inventory.js';
import { fileOf, SMALL } from './fleet.js';

const FOLDER = '/etc/systemd/system';
const units: Record<string, string> = {
  'litellm.service': await fileOf(`${FOLDER}/litellm.service`, COMPLETED),
  'litellm-standby.service': await fileOf(`${FOLDER}/litellm-standby.service`, COMPLETED),
  'ollama.service': await fileOf(`${FOLDER}/ollama.service`, COMPLETED, `${SMALL}[litellm:vars]\n`),
  'open-webui.service': await fileOf(`${FOLDER}/open-webui.service`, COMPLETED, `${SMALL}[webui]\nui\n`),
  'ollama-gpu.service': render('ollama/ollama.service.hbs', { gpu: true }),
};

let host: Host;
beforeAll(async () => {
  host = await Host.start();
  for (const [name, text] of Object.entries(units)) writeFileSync(join(host.folder, FOLDER, name), text);
  await host.say(`for r in current next; do mkdir -p /etc/litellm/$r/venv/bin; cp /bin/true /etc/litellm/$r/venv/bin/litellm; done
venv=$(sed -n 's/^ExecStart=\\(.*\\)\\/bin.*/\\1/p' ${FOLDER}/open-webui.service); mkdir -p $venv/bin; cp /bin/true $venv/bin/open-webui
mkdir -p ${FOLDER}/haproxy.service.d`);
});
afterAll(async () => host?.stop());

describe.each(Object.keys(units))('%s', (name) => {
  it('is what systemd takes', async () => {
    const { stderr } = await host.run(`systemd-analyze verify --man=no ${FOLDER}/${name}`);
    // there is no Ollama on the machine of the tests
    const words = stderr.split('\n').filter((line) => line && !/\/ollama is not executable/.test(line));
    expect(words).toEqual([]);
  });

  it('may do little', async () => {
    const rating = await host.say(
      `systemd-analyze security --offline=true --no-pager ${FOLDER}/${name} | tail -n 1`,
    );
    const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(rating)?.[1]);
    expect(exposure).toBeLessThanOrEqual(name.includes('gpu') ? 1.6 : 1.2);
  });
});

it("HAProxy's own unit is completed by our drop-in", async () => {
  const path = `${FOLDER}/haproxy.service.d/hxllm.conf`;
  writeFileSync(join(host.folder, path), await fileOf(path, COMPLETED));
  const { code, stderr } = await host.run('systemd-analyze verify --man=no haproxy.service');
  expect(`${code} ${stderr}`).toBe('0 ');
});

describe('the standby', () => {
  const lines = (name: string) => units[name]!.split('\n');

  it('is the main unit with another release, another port, and nobody who starts it again', () => {
    const standby = lines('litellm-standby.service');
    expect(standby.filter((line) => !lines('litellm.service').includes(line))).toEqual([
      'Description=LiteLLM gateway, standby during a change',
      'EnvironmentFile=/etc/litellm/next/litellm.env',
      'ExecStart=/etc/litellm/next/venv/bin/litellm --config /etc/litellm/next/config.yaml --host 127.0.0.1 --port 4402',
      'Restart=no',
    ]);
    expect(standby).not.toContain('[Install]');
  });

  it('and the main unit listen on loopback, never on 4000', () => {
    for (const name of ['litellm.service', 'litellm-standby.service'])
      expect(units[name]).toMatch(/ --host 127\.0\.0\.1 --port 440[12]$/m);
  });
});
