// ansible_* variables → Target, and the words of ansible_ssh_common_args.
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.js';
import { targetOf } from '../../src/ssh/target.js';
import { splitWords } from '../../src/ssh/words.js';

const of = (variables: Record<string, unknown>) => targetOf('web1', (name) => variables[name]);

describe('targetOf', () => {
  const plain = { name: 'web1', address: 'web1', become: 'sudo' };
  const cases: [title: string, variables: Record<string, unknown>, expected: object][] = [
    ['nothing set', {}, plain],
    ['address', { ansible_host: '10.0.0.1' }, { ...plain, address: '10.0.0.1' }],
    [
      'old names',
      { ansible_ssh_host: 'h', ansible_ssh_port: 2200, ansible_ssh_user: 'ops' },
      { ...plain, address: 'h', port: 2200, user: 'ops' },
    ],
    ['a port as INI has it', { ansible_port: '2222' }, { ...plain, port: 2222 }],
    [
      'root needs no sudo',
      { ansible_user: 'root', ansible_become: true },
      { ...plain, user: 'root', become: 'none' },
    ],
    ['become off', { ansible_become: false }, { ...plain, become: 'none' }],
    ['become off as INI has it', { ansible_become: 'no' }, { ...plain, become: 'none' }],
    ['become on as INI has it', { ansible_become: 'yes' }, plain],
    ['key', { ansible_ssh_private_key_file: '~/.ssh/x' }, { ...plain, identities: ['~/.ssh/x'] }],
    [
      'ssh options',
      { ansible_ssh_common_args: "-o ProxyJump=b -o 'User Known=x y'", ansible_ssh_extra_args: '-4' },
      { ...plain, sshArgs: ['-o', 'ProxyJump=b', '-o', 'User Known=x y', '-4'] },
    ],
    ['tries', { ansible_ssh_retries: '3' }, { ...plain, retries: 3 }],
    ['tries by another name', { ansible_ssh_reconnection_retries: 2 }, { ...plain, retries: 2 }],
    ['this machine', { ansible_connection: 'local' }, { ...plain, local: true }],
    [
      'here one is who one is, as with Ansible',
      { ansible_connection: 'local', ansible_user: 'root' },
      { ...plain, local: true },
    ],
    [
      'ssh options of ansible.cfg come first',
      { ansible_ssh_args: '-C', ansible_ssh_common_args: '-4' },
      { ...plain, sshArgs: ['-C', '-4'] },
    ],
    [
      'unknown host keys',
      { ansible_host_key_checking: 'False' },
      { ...plain, sshArgs: ['-o', 'StrictHostKeyChecking=no'] },
    ],
    ['retries', { ansible_ssh_retries: '3' }, { ...plain, retries: 3 }],
    [
      'unknown host keys, where ssh_args says otherwise',
      { ansible_host_key_checking: 'False', ansible_ssh_args: '-o StrictHostKeyChecking=yes' },
      { ...plain, sshArgs: ['-o', 'StrictHostKeyChecking=yes', '-o', 'StrictHostKeyChecking=no'] },
    ],
    ['empty texts count as not set', { ansible_user: '', ansible_ssh_common_args: '' }, plain],
  ];
  for (const [title, variables, expected] of cases) it(title, () => expect(of(variables)).toEqual(expected));

  it('takes every name of the inventory before what ansible.cfg says', () => {
    const variables: Record<string, unknown> = { ansible_ssh_user: 'ops', ansible_ssh_port: 2200 };
    const settings: Record<string, unknown> = {
      ansible_user: 'root',
      ansible_port: '22',
      ansible_become: 'no',
    };
    const target = targetOf(
      'web1',
      (name) => variables[name],
      (name) => settings[name],
    );
    expect(target).toMatchObject({ user: 'ops', port: 2200, become: 'none' });
  });

  it('keeps passwords wrapped, also those written in the open', () => {
    const target = of({
      ansible_ssh_pass: 'in the open',
      ansible_become_password: new Secret('in the vault'),
    });
    expect(JSON.stringify(target)).not.toContain('in the');
    expect([target.password?.reveal(), target.becomePassword?.reveal()]).toEqual([
      'in the open',
      'in the vault',
    ]);
  });

  const refused: [variables: Record<string, unknown>, message: RegExp][] = [
    [{ ansible_connection: 'winrm' }, /web1: ansible_connection: winrm is not supported yet/],
    [{ ansible_become_method: 'su' }, /ansible_become_method: su is not supported yet/],
    [{ ansible_become_user: 'postgres' }, /ansible_become_user: postgres is not supported yet/],
    [{ ansible_ssh_retries: 'often' }, /ansible_ssh_retries: often is not a number of tries/],
    [{ ansible_port: 'ssh' }, /ansible_port: ssh is not a port number/],
  ];
  for (const [variables, message] of refused) {
    it(`refuses ${JSON.stringify(variables)}`, () => expect(() => of(variables)).toThrow(message));
  }
});

describe('splitWords', () => {
  const cases: [line: string, words: string[]][] = [
    ['', []],
    ['  -o  A=b ', ['-o', 'A=b']],
    [`-o ProxyCommand="ssh -W %h:%p -q 'b c'"`, ['-o', "ProxyCommand=ssh -W %h:%p -q 'b c'"]],
    [`'it'"'"'s' a\\ b`, ["it's", 'a b']],
    ['"a \\"b\\" \\n" ""', ['a "b" \\n', '']],
  ];
  for (const [line, words] of cases) it(line || 'nothing', () => expect(splitWords(line)).toEqual(words));

  it('refuses a quote that is never closed', () => {
    expect(() => splitWords(`-o "ProxyCommand=x`)).toThrow(/quote/);
  });
});
