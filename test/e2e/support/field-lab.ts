// The lab of the field's web UI: brought up by the file that begins with empty hosts, gone on with by the one after it; setup.ts takes it down.
import { beforeAll, expect, inject } from 'vitest';
import { readState } from '../../../src/lab/state.js';
import { type Lab, labUp, openLab } from '../../support/lab.js';
import { WEBUI } from './old-webui.js';
import { onHost } from './search.js';
import { GATEWAY } from './stack.js';

const HOSTS = [GATEWAY, 'hx-llm01-server', WEBUI];

/** Nothing of an Open WebUI, whoever installed it. */
const BARE = `systemctl disable -q --now open-webui 2>/dev/null
rm -rf /etc/open-webui /etc/systemd/system/open-webui.service* /etc/hxllm/open-webui* /opt/uv /opt/open-webui
id openwebui >/dev/null 2>&1 && userdel -r openwebui 2>/dev/null
systemctl daemon-reload; systemctl reset-failed; true`;

/** `hosts`: `empty` as they are installed; `gateway`: the gateway and its backend are deployed, and there is no web UI. */
export function useFieldLab(hosts: 'empty' | 'gateway'): () => Lab {
  let lab: Lab | undefined;
  beforeAll(async () => {
    const name = inject('lab').replace(/-shared$/, '-field');
    const known = readState(name);
    if (known && hosts === 'empty') await openLab(name).down();
    lab = known && hosts === 'gateway' ? openLab(name) : await labUp({ name, hosts: HOSTS });
    if (hosts === 'empty') return;
    onHost(lab, WEBUI, BARE);
    const { code, stdout, stderr } = await lab.hxllm(['deploy', '--yes', '--limit', `!${WEBUI}`]);
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  }, 900_000);
  return () => {
    if (!lab) throw new Error('the lab is there from beforeAll on');
    return lab;
  };
}
