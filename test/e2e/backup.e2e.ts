// Hosts are destroyed and come back from their backups with users, chats and keys; what is not whole is refused before anything is touched.
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { sleep } from '../../src/retry.js';
import type { Report } from './support/doctor.js';
import { fullOnly } from './support/full.js';
import { backups, damagedCopy, keyPair, makeKeeper } from './support/keeper.js';
import { ACCEPTED, answers, vaultOf } from './support/keys.js';
import { personOf } from './support/person.js';
import { watching } from './support/processes.js';
import { kept, onHost } from './support/search.js';
import { type Copy, copyInventory, echoed, GATEWAY, VARIABLES, verified } from './support/stack.js';
import { useWebui, WEBUI } from './support/webui.js';

vi.setConfig({ testTimeout: 600_000 });
const lab = useWebui();
const STORE = 'hx-llm01-server';
const OTHER_HOSTS = [GATEWAY, WEBUI];
const secrets = { password: `backup-${randomBytes(20).toString('hex')}`, key: '' };
const repository = (folder: string) => `sftp:keeper@${lab().fqdn(STORE)}:/srv/keeper/${folder}`;
let copy: Copy;
let client = '';

const ann = personOf(lab);
const hxllm = (...args: string[]) => lab().hxllm(args, { env: copy.env });

let pair: Awaited<ReturnType<typeof keyPair>>;

beforeAll(async () => {
  pair = await keyPair();
  secrets.key = pair.key.split('\n')[2]!;
  const known = await makeKeeper(lab(), STORE, pair.line);
  copy = copyInventory(lab());
  const at = repository('{{ inventory_hostname }}');
  const variables = backups(lab(), { at, known, key: pair.key, password: secrets.password });
  copy.write(VARIABLES, copy.read(VARIABLES) + variables);
});

test('deploy sets the backups up, a timer starts them, nothing is left to plan', async () => {
  const { code, stdout, stderr } = await hxllm('deploy', '--yes');
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  expect((await hxllm('plan')).code).toBe(0);
  const { stdout: timer } = await lab().ssh(WEBUI, 'systemctl is-active hxllm-backup.timer');
  expect(timer).toBe('active\n');
});

test('people and their chats, a client and its key', async () => {
  await ann.join((await vaultOf(lab(), copy)).vault_webui_admin_password!);
  await ann.write('before the backup');
  client = (await hxllm('keys', 'create', 'alice', '--yes', '--show')).stdout.trim();
  expect(await answers(lab(), GATEWAY, client)).toEqual(ACCEPTED);
});

interface Made {
  host: string;
  snapshot: string;
  bytes: number;
}
let made: Made[] = [];
const listed = async () =>
  (JSON.parse((await hxllm('backup', 'list', '--json')).stdout) as { snapshots: Made[] }).snapshots;
let day = 0;
const today = () => new Date().getUTCDate();

test('backup while people write: every host has a snapshot, no request fails, no process shows a secret', async () => {
  let written = 0;
  let isDone = false;
  const writing = (async () => {
    while (!isDone) {
      await ann.write(`meanwhile ${++written}`);
      await sleep(50);
    }
  })();
  const { seen, sweeps } = await watching(secrets, async () => {
    day = today();
    const { code, stdout, stderr } = await hxllm('backup', '--json');
    made = (JSON.parse(stdout) as { hosts: Made[] }).hosts;
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  });
  isDone = true;
  await writing;
  expect([seen, sweeps > 10, written > 5]).toEqual([[], true, true]);
  expect(made.map(({ snapshot }) => snapshot)).toEqual(
    made.map(() => expect.stringMatching(/^[0-9a-f]{8}$/)),
  );
  expect(made.map(({ host }) => host).sort()).toEqual(
    [GATEWAY, STORE, WEBUI].map((h) => lab().fqdn(h)).sort(),
  );
  expect((await listed()).map((s) => s.snapshot).sort()).toEqual(made.map((s) => s.snapshot).sort());
});

test('doctor finds a timer that does not run, and starts it; a backup that failed says why', async () => {
  const words = ['--only', 'backup', '--limit', WEBUI, '--fix', '--json'];
  const look = async () => JSON.parse((await hxllm('doctor', ...words)).stdout) as Report;
  await lab().ssh(WEBUI, 'systemctl stop hxllm-backup.timer');
  const started = await look();
  const store = `/srv/keeper/${WEBUI_NAME()}`;
  await lab().ssh(STORE, `mv ${store} /root/away`);
  await lab().ssh(WEBUI, 'systemctl start hxllm-backup');
  const failed = await look();
  await lab().ssh(STORE, `mv /root/away ${store}`);
  await lab().ssh(WEBUI, 'systemctl start hxllm-backup');
  expect(started).toMatchObject({ mended: [{ check: 'backup' }], findings: [{ status: 'pass' }] });
  expect(failed.findings.map(({ message, hint }) => `${message} (${hint})`)).toEqual([
    expect.stringMatching(/^the last backup failed less than a day ago: .*hxllm backup --limit hx-webui/),
  ]);
  expect((await look()).findings).toMatchObject([{ status: 'pass' }]);
  // of a day the last one stays
  const own = (await listed()).filter(({ host }) => host === WEBUI_NAME());
  expect(own).toHaveLength(new Set([day, today()]).size);
});

const of = (host: string) => made.find((one) => one.host === lab().fqdn(host))!.snapshot;
/** The running service, its data, and what a restore would leave lying. */
const TOUCHED = `systemctl show -p MainPID --value open-webui; stat -c '%i %n' /var/lib/open-webui /var/lib/open-webui/webui.db
ls /var/lib | grep before-restore; ls /var/lib/hxllm /run | grep restore; cat /var/lib/open-webui/.webui_secret_key /etc/open-webui/secret.env | sha256sum`;
const LOCKED = 'systemd-run -q --unit=holds flock /run/hxllm.lock sleep 120; sleep 1';
const touched = async () => (await lab().ssh(WEBUI, TOUCHED)).stdout;

describe('is refused before anything is touched:', () => {
  beforeAll(() => damagedCopy(lab(), STORE, lab().fqdn(WEBUI), 'damaged'));

  test.each([
    [
      'a wrong password',
      () => ['-e', 'hxllm_backup_password=of-somebody-else'],
      1,
      /does not open the repository/,
    ],
    [
      'a repository that is not there',
      () => ['-e', `hxllm_backup_repository=${repository('none')}`],
      1,
      /no repository/,
    ],
    ['a damaged one', () => ['-e', `hxllm_backup_repository=${repository('damaged')}`], 1, /damaged/],
    [
      "another host's",
      () => ['-e', `hxllm_backup_repository=${repository(lab().fqdn(GATEWAY))}`],
      1,
      /has no backup of hx-webui/,
    ],
    [
      "another host's snapshot",
      () => ['-e', `hxllm_backup_repository=${repository(lab().fqdn(GATEWAY))}`, '--snapshot', of(GATEWAY)],
      1,
      /is of hx-api-server/,
    ],
    ['what would replace people', () => [], 2, /has 2 users and \d+ chats, which would be replaced/],
    [
      'where another run works',
      () => ['--lock-wait', '1'],
      5,
      /another run works on it/,
      LOCKED,
      'systemctl stop holds',
    ],
    [
      'what the disk has no room for',
      () => [],
      1,
      /\/var\/lib\/hxllm has \d MB free, \d+ MB are needed/,
      'mount -t tmpfs -o size=600k none /var/lib/hxllm',
      'umount /var/lib/hxllm',
    ],
  ])('%s', async (_, args, exit, says, begin = ':', end = ':') => {
    const before = await touched();
    expect((await lab().ssh(WEBUI, begin)).code).toBe(0);
    const { code, stderr, stdout } = await hxllm('restore', '--yes', '--limit', WEBUI_NAME(), ...args());
    await lab().ssh(WEBUI, end);
    const said = (stderr + stdout).replace(/\s+(› +)?/g, ' '); // errors are wrapped
    expect([code, said]).toEqual([exit, expect.stringMatching(says)]);
    expect(stderr).toContain('nothing was restored');
    expect(await touched()).toBe(before);
  });
});
const WEBUI_NAME = () => lab().fqdn(WEBUI);

test('a gateway and a web UI that are destroyed come back: the user, the session, the chats, the key; all proven', async () => {
  const before = await ann.titles();
  expect(before).toContain('before the backup');
  await lab().destroy(...OTHER_HOSTS);
  expect((await lab().ssh(WEBUI, 'ls /var/lib/open-webui /etc/litellm')).code).not.toBe(0);
  const { code, stdout, stderr } = await hxllm('restore', '--yes');
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  // the session of before: its secret key is the same
  const after = await ann.titles();
  expect(after).toContain('before the backup');
  expect(before).toEqual(expect.arrayContaining(after));
  expect(await ann.signIn()).toBeTruthy();
  expect(await answers(lab(), GATEWAY, client)).toEqual(ACCEPTED);
  expect(echoed(await verified(lab(), [], copy.env))).toContain('webui-chat phi3-3.8b');
  expect((await hxllm('plan')).code).toBe(0);
  const { history } = JSON.parse((await hxllm('history', '--json')).stdout) as {
    history: { host: string }[];
  };
  expect(history.filter(({ host }) => host === lab().fqdn(GATEWAY)).length).toBeGreaterThan(2);
});

test.each([GATEWAY, STORE, WEBUI])(
  '%s has the secrets in the file of root alone that they belong in',
  (host) => {
    const files = ['key', 'password'].map((name) => `file 600 /etc/hxllm/backup/settings.json: ${name}`);
    const own = kept(lab(), host, secrets);
    expect([...new Set(own)].sort()).toEqual(files);
  },
);

fullOnly('--overwrite brings an older state back, and keeps what was there', async () => {
  await ann.write('after the backup');
  const { code, stdout, stderr } = await hxllm('restore', '--yes', '--overwrite', '--limit', WEBUI_NAME());
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, expect.anything()]);
  expect(await ann.titles()).not.toContain('after the backup');
  expect((await lab().ssh(WEBUI, 'ls -d /var/lib/open-webui.before-restore-*/webui.db')).code).toBe(0);
});

fullOnly('a backend comes back with its models, which nobody has any more', async () => {
  const vars = [
    `hxllm_backup_known_hosts="${await makeKeeper(lab(), GATEWAY, pair.line)}"`,
    `hxllm_backup_repository=sftp:keeper@${lab().fqdn(GATEWAY)}:/srv/keeper/backend`,
    'hxllm_backup_models=true',
  ].flatMap((one) => ['-e', one]);
  vars.push('--limit', lab().fqdn(STORE));
  const digest = () =>
    onHost(lab(), STORE, 'cd /var/lib/ollama/models; find . -type f | sort | xargs sha256sum').stdout;
  for (const words of [['deploy', '--yes'], ['backup']])
    expect((await hxllm(...words, ...vars)).code).toBe(0);
  const before = digest();
  await lab().destroy(STORE);
  const nobody = ['-e', 'ollama_pull_from=http://127.0.0.1:1'];
  const { code, stdout, stderr } = await hxllm('restore', '--yes', ...vars, ...nobody);
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  expect(digest()).toBe(before);
});

fullOnly('without a repository nothing of it is left', async () => {
  copy.replace(VARIABLES, /^hxllm_backup_repository: .*\n/m, '');
  expect((await hxllm('deploy', '--yes')).code).toBe(0);
  const left = await lab().ssh(
    WEBUI,
    'ls /etc/hxllm/backup /etc/systemd/system/hxllm-backup.*; systemctl is-active hxllm-backup.timer',
  );
  expect(left.stdout).toBe('inactive\n');
  expect((await hxllm('plan')).code).toBe(0);
});
