// Ansible and pyinfra: installed once into the lab's cache, and the command lines of the same check.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir } from '../../src/cache-dir.js';
import { lockOf } from '../../src/roles/lock.js';
import { ROOT } from '../../test/support/built.js';
import { run } from '../../test/support/cli.js';
import type { Lab } from '../../test/support/lab.js';
import type { Command } from './measure.js';
import { type Group, WANT } from './want.js';

export const ANSIBLE = 'ansible-core 2.19.14';
export const PYINFRA = 'pyinfra 3.10.0';
const PACKAGES = [ANSIBLE, PYINFRA].map((name) => name.replace(' ', '=='));
const PEERS = join(ROOT, 'bench/peers');

async function must(program: string, args: string[]): Promise<void> {
  const { code, stderr, stdout } = await run(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr || stdout}`);
}

/** The folder with their programs. */
async function install(): Promise<string> {
  const venv = join(cacheDir(), `peers-${PACKAGES.join('-').replaceAll('==', '-')}`);
  const whole = join(venv, '.complete');
  if (!existsSync(whole)) {
    rmSync(venv, { recursive: true, force: true });
    await must('python3', ['-m', 'venv', venv]);
    await must(join(venv, 'bin/python'), ['-m', 'pip', 'install', '-q', ...PACKAGES]);
    writeFileSync(whole, '');
  }
  return join(venv, 'bin');
}

export interface BenchHost {
  name: string;
  short: string;
  address: string;
  group: Group;
}

/** Both peers on these hosts, with the lab's inventory, key and known hosts. `files`: by host, as they are there. */
export class Peers {
  private constructor(
    private readonly bin: string,
    private readonly lab: Lab,
    private readonly vars: string,
  ) {}

  static async ready(lab: Lab, hosts: readonly BenchHost[], files: string): Promise<Peers> {
    const vars = join(files, 'vars.json');
    const lock = lockOf('litellm', {}, '1.106.2').path;
    const { key, knownHosts } = lab;
    const told = { bench: WANT, files, lock, key, knownHosts, hosts };
    writeFileSync(vars, JSON.stringify(told), { mode: 0o600 });
    return new Peers(await install(), lab, vars);
  }

  ansible(playbook: string, limit: readonly string[], { facts = false, log = '' } = {}): Command {
    // a folder of its own: the connections that the last run left open are not this one's
    const sockets = mkdtempSync(join(tmpdir(), 'cp-'));
    return {
      argv: [
        ...[join(this.bin, 'ansible-playbook'), '-i', this.lab.inventory, '-l', limit.join()],
        ...['-e', `@${this.vars}`, '-e', 'ansible_python_interpreter=/usr/bin/python3'],
        join(PEERS, playbook),
      ],
      env: {
        ANSIBLE_FORKS: '32',
        ANSIBLE_GATHERING: facts ? 'implicit' : 'explicit',
        ANSIBLE_PIPELINING: '1',
        ANSIBLE_NOCOWS: '1',
        ANSIBLE_SSH_CONTROL_PATH_DIR: sockets,
        ANSIBLE_SSH_ARGS: '-C -o ControlMaster=auto -o ControlPersist=15s',
        ANSIBLE_VAULT_PASSWORD_FILE: this.lab.vaultPasswordFile,
        ...(log && { ANSIBLE_LOG_PATH: log }),
      },
      ...(playbook === 'check.yml' && { fault: quietly(limit) }),
    };
  }

  pyinfra(limit: readonly string[]): Command {
    return {
      argv: [
        ...[
          join(this.bin, 'pyinfra'),
          '-y',
          '--parallel',
          '32',
          ...limit.flatMap((name) => ['--limit', name]),
        ],
        ...[join(PEERS, 'hosts.py'), join(PEERS, 'check.py')],
      ],
      env: { HXLLM_BENCH_VARS: this.vars },
      fault: quietly(limit),
    };
  }
}

/** They must look at all hosts, and find nothing to do: else their figures would be of something else. */
const quietly = (hosts: readonly string[]) => (said: string) => {
  const missed = hosts.find((name) => !said.includes(name));
  if (missed) return `does not look at ${missed}`;
  return /changed=[1-9]|failed=[1-9]|\] (Success|Error)/.test(said) ? 'changes something' : undefined;
};
