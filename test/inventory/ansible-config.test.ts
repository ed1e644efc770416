// ansible.cfg and ANSIBLE_…: what they say of a connection counts where the inventory says nothing.
import { expect, it } from 'vitest';
import { ansibleSetting, readAnsibleConfig } from '../../src/inventory/ansible-config.js';
import { folder, load } from './folder.js';

const CFG = `[defaults]
remote_user = deploy   ; who logs in
private_key_file = keys/id
forks=7
host_key_checking = False
[ssh_connection]
ssh_args = -C -o ControlMaster=no
retries = 2
[privilege_escalation]
become_method: su
`;

it('reads each section', () => {
  expect(readAnsibleConfig({}, folder({ 'ansible.cfg': CFG })).connection).toEqual({
    ansible_user: 'deploy',
    ansible_ssh_private_key_file: expect.stringMatching(/^\/.*\/keys\/id$/),
    ansible_host_key_checking: 'False',
    ansible_ssh_args: '-C -o ControlMaster=no',
    ansible_ssh_retries: '2',
    ansible_become_method: 'su',
  });
});

it('takes the environment before the file, and the inventory before both', async () => {
  const files = { 'hosts.ini': 'a ansible_user=own\nb\n', 'ansible.cfg': CFG };
  const { inventory } = await load(files, { env: { ANSIBLE_REMOTE_USER: 'env' } });
  const users = ['a', 'b']
    .map((name) => inventory.hosts.get(name)!)
    .map((host) => host.get('ansible_user') ?? host.setting('ansible_user'));
  expect(users).toEqual(['own', 'env']);
});

it('says that keys are accepted unseen', async () => {
  const { inventory } = await load({ 'hosts.ini': 'a\n', 'ansible.cfg': CFG });
  expect(inventory.warnings).toEqual([
    {
      message: expect.stringContaining('host_key_checking is off'),
      where: expect.stringContaining('ansible.cfg'),
    },
  ]);
});

it('gives one setting to a flag', () => {
  expect(ansibleSetting('defaults.forks', {}, folder({ 'ansible.cfg': CFG }))).toBe('7');
  expect(ansibleSetting('defaults.forks', {}, folder({ 'hosts.ini': '' }))).toBeUndefined();
});
