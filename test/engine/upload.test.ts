// A file of the control node that a plan needs: it travels first, once, and only when it is the one that was meant.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/engine/plan.js';
import type { Upload } from '../../src/resources/kind.js';
import { applied, file, host, planned, useHost } from './applying.js';

useHost();

const withUpload = async (upload: Upload): Promise<Plan> => {
  const plan = await planned(file('/opt/one'));
  return { ...plan, changes: plan.changes.map((c) => ({ ...c, uploads: [upload] })) };
};

describe('a file of the control node', () => {
  const content = 'a big archive\n';
  const sha256 = createHash('sha256').update(content).digest('hex');
  const remote = `/var/lib/hxllm/uploads/${sha256}`;
  const local = (text = content) => {
    const path = join(host.folder, 'archive');
    writeFileSync(path, text);
    return path;
  };

  it('lies on the host before the first step', async () => {
    const plan = await withUpload({ local: local(), remote, sha256 });
    const script = `cmp ${remote} ${host.folder}/archive`;
    const { error } = await applied({ ...plan, handlers: [{ id: 'looks', order: 0, script }] });
    expect(error).toBeUndefined();
  });

  it('does not travel when the host has it', async () => {
    await host.say(
      `mkdir -p ${remote.slice(0, -65)}; printf 'a big archive\\n' > ${remote}; chmod 0444 ${remote}; touch -d 2001-01-01 ${remote}`,
    );
    await applied(await withUpload({ local: local(), remote, sha256 }));
    expect(await host.say(`stat -c %y ${remote}`)).toMatch(/^2001/);
  });

  it.each([
    ['is not the one that was meant', () => local('tampered'), /archive: SHA-256 is [0-9a-f]{64}, not/],
    ['is not there', () => '/no/such.tgz', /^\/no\/such.tgz cannot be read: ENOENT/],
  ])('that %s stops before the host is touched', async (_, path, message) => {
    const { error } = await applied(await withUpload({ local: path(), remote, sha256 }));
    expect(error).toMatchObject({ code: 'config', exitCode: 2, message: expect.stringMatching(message) });
    expect(await host.say('ls /opt')).toBe('');
  });
});
