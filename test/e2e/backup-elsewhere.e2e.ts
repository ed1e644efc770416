// A web UI whose database lies elsewhere than its data: backed up whole, and put back where this host has each.
import { expect, vi } from 'vitest';
import { fullOnly } from './support/full.js';
import { backups, keyPair, makeKeeper } from './support/keeper.js';
import { vaultOf } from './support/keys.js';
import { personOf } from './support/person.js';
import { copyInventory, VARIABLES } from './support/stack.js';
import { useWebui, WEBUI } from './support/webui.js';

vi.setConfig({ testTimeout: 600_000 });
const lab = useWebui();
const STORE = 'hx-llm01-server';
const ann = personOf(lab);

fullOnly(
  'a database that lies elsewhere than the data comes back to there, or to where a new install has it',
  async () => {
    const copy = copyInventory(lab());
    const pair = await keyPair();
    const known = await makeKeeper(lab(), STORE, pair.line);
    const at = `sftp:keeper@${lab().fqdn(STORE)}:/srv/keeper/ui`;
    copy.write(VARIABLES, copy.read(VARIABLES) + backups(lab(), { at, known, key: pair.key }));
    const home = '/var/lib/open-webui';
    const webui_environment = { DATA_DIR: `${home}/data`, DATABASE_URL: `sqlite:///${home}/db/ours.db` };
    const apart = ['-e', JSON.stringify({ webui_environment })];
    const done = async (...words: string[]) => {
      const { code, stdout, stderr } = await lab().hxllm([...words, '--limit', lab().fqdn(WEBUI)], {
        env: copy.env,
      });
      expect([words[0], code, code === 0 ? '' : stdout + stderr]).toEqual([words[0], 0, expect.anything()]);
    };
    await lab().ssh(WEBUI, `install -d -o open-webui -g open-webui -m 0700 ${home}/db ${home}/data`);
    await done('deploy', '--yes', ...apart);
    await ann.join((await vaultOf(lab(), copy)).vault_webui_admin_password!);
    await ann.write('of the other database');
    const id = await ann.upload('Dear all');
    expect(await ann.file(id)).toBe('Dear all');
    await done('backup', ...apart);
    await ann.write('after the backup');
    await lab().ssh(WEBUI, `rm -r ${home}/data/uploads/*`);
    for (const [vars, database] of [
      [apart, `${home}/db/ours.db`],
      [[], `${home}/webui.db`],
    ] as const) {
      await done('restore', '--yes', '--overwrite', ...vars);
      // HAProxy sees some seconds later that it is there again
      await expect
        .poll(() => ann.titles().catch(() => []), { timeout: 30_000 })
        .toEqual(['of the other database']);
      expect([database, await ann.file(id)]).toEqual([database, 'Dear all']);
      expect(
        (await lab().ssh(WEBUI, `ls -d ${database} ${home}*.before-restore-* ${home}/*.before-restore-*`))
          .stdout,
      ).toContain(`${database}\n`);
    }
  },
);
