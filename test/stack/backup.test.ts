// What the inventory says of backups, and what a host's restic gets of it.
import { expect, it, test } from 'vitest';
import { backupOf, sftpCommand } from '../../src/stack/backup-variables.js';
import { readStack, stackOf } from '../../src/stack/read.js';
import { COMPLETED, inventoryOf } from './inventory.js';

const read = async (variables: string) => {
  const ini = '[litellm]\ngw\n[llm]\nllm1\n';
  const { inventory } = await inventoryOf({ 'dev.ini': ini, 'group_vars/all.yml': COMPLETED + variables });
  return inventory;
};
const settings = async (variables: string) => backupOf(stackOf(await read(variables)).gateways[0]!);
const ASKED =
  'hxllm_backup_repository: "/backups/{{ inventory_hostname }}"\nhxllm_backup_password: secret-words\n';

it('asks for none', async () => {
  expect(await settings('')).toBeUndefined();
});

it('of a repository and a password', async () => {
  expect(await settings(ASKED)).toEqual({
    host: 'gw',
    repository: '/backups/gw',
    password: 'secret-words',
    environment: {},
    keep: ['--keep-daily', '7', '--keep-weekly', '4', '--keep-monthly', '6'],
    models: false,
    unit: 'open-webui.service',
  });
});

it('of everything else', async () => {
  const more = `hxllm_backup_environment: { AWS_ACCESS_KEY_ID: me, RETRIES: 3 }
hxllm_backup_keep: {}
hxllm_backup_models: yes
hxllm_backup_ssh_key: "the key"
webui_unit: chat.service
`;
  expect(await settings(ASKED + more)).toMatchObject({
    environment: { AWS_ACCESS_KEY_ID: 'me', RETRIES: '3' },
    keep: [],
    models: true,
    ssh_key: 'the key\n',
    unit: 'chat.service',
  });
});

test.each([
  ['hxllm_backup_repository: /backups', 'hxllm_backup_password'],
  [`${ASKED}hxllm_backup_keep: { days: 7 }`, 'hxllm_backup_keep'],
  [`${ASKED}hxllm_backup_keep: { daily: 0 }`, 'hxllm_backup_keep'],
])('%s is refused', async (variables, wrong) => {
  const { problems } = readStack(await read(variables));
  expect([...new Set(problems.map(({ variable }) => variable))]).toEqual([wrong]);
});

const ALIVE = '-o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=20';
const KEY = '-i FOLDER/ssh_key -o IdentitiesOnly=yes';
test.each([
  ['sftp:me@nas:/srv', `ssh ${KEY} ${ALIVE} me@nas -s sftp`],
  ['sftp://me@nas:2222//srv', `ssh ${KEY} ${ALIVE} -p 2222 me@nas -s sftp`],
  ['sftp://nas/srv', `ssh ${KEY} ${ALIVE} nas -s sftp`],
  ['sftp:me@[fd00::1]:srv', `ssh ${KEY} ${ALIVE} me@fd00::1 -s sftp`],
  ['/srv/backups', undefined],
  ['rest:https://nas:8000/', undefined],
])('with a key, %s is reached by %s', (repository, command) => {
  expect(sftpCommand(repository, { key: true, known: false })).toBe(command);
});

it("is reached by root's own ssh when neither key nor known_hosts is given", () => {
  expect(sftpCommand('sftp:me@nas:/srv', { key: false, known: false })).toBeUndefined();
});
