// The unit that undoes at boot what a power cut interrupted: on every host, before the first change of that host is armed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/engine/facts.js';
import { planOf } from '../../src/engine/plan.js';
import { stepsOf } from '../../src/engine/steps.js';
import { ROLES } from '../../src/roles/index.js';
import { recover } from '../../src/roles/recover.js';
import { stackOf } from '../../src/stack/read.js';
import { COMPLETED, GUIDE_WEBUI, guide } from '../stack/inventory.js';

const EMPTY: Facts = {
  host: { free: {}, pending: [], armed: [] },
  // somebody installed Ollama
  seen: new Map([['archive', new Map([['ollama', { at: '/usr/bin/ollama' }]])]]),
  extra: new Map(),
};
const UNIT = '/etc/systemd/system/hxllm-recover.service';
const LINK = '/etc/systemd/system/sysinit.target.wants/hxllm-recover.service';

describe('a host that has nothing yet', () => {
  it.each(ROLES.map((role) => [role.name, role] as const))('of role %s gets it first', async (_, role) => {
    const { inventory } = await guide(COMPLETED, { 'dev.ini': GUIDE_WEBUI });
    const [host] = role.hosts(stackOf(inventory));
    const { stage, change, saves } = stepsOf(planOf('web1', role.resources(host!), EMPTY));
    const titles = stage.map((s) => s.title);
    expect(titles).toEqual(expect.arrayContaining([`unit ${UNIT}`, `link ${LINK}`]));
    expect(change.map((s) => s.title)).toContain('daemon-reload');
    expect(change.map((s) => s.title).join()).not.toContain('hxllm-recover');
    expect(saves).not.toEqual(expect.arrayContaining([UNIT]));
    expect(saves).not.toEqual(expect.arrayContaining([LINK]));
  });
});

describe('its command', () => {
  const { content } = recover()[0]!.spec as { content: string };
  const folder = mkdtempSync(join(tmpdir(), 'hxllm-recover-'));
  /** What systemd gives to sh, for a folder of our own. */
  const script = (/^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(content)?.[1] ?? '')
    .replaceAll('%%', '%')
    .replaceAll('$$', '$')
    .replaceAll('/var/lib/hxllm', folder);

  it('runs restore.sh of each armed transaction, and of no other', () => {
    for (const id of ['1-armed', '2-restored', '3-armed']) {
      const of = join(folder, 'transactions', id);
      mkdirSync(of, { recursive: true });
      writeFileSync(join(of, 'restore.sh'), `#!/bin/sh\necho ${id} $1\n`, { mode: 0o700 });
      if (id.endsWith('armed')) writeFileSync(join(of, 'armed'), '');
    }
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe('1-armed boot\n3-armed boot\n');
  });
});
