// The guide's control node: hxllm installed from its package, a copy of the lab's inventory, and what its ssh needs.
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheDir } from '../cache-dir.js';
import { HxError } from '../errors.js';
import { templatePath } from '../templates.js';
import { CONTROL, labHost } from './hosts.js';
import { iniText } from './inventory.js';
import { writeFiles } from './machine.js';
import { hostPaths, labPaths } from './paths.js';
import { removeTree, run } from './run.js';
import type { HostState, LabState } from './state.js';

/** Who works there, and where the guide has the inventory. */
const HOME = '/home/agent0';
const USER = 1000;
const FOLDER = `${HOME}/hx-ansible/inventories`;

export const controlNode = ({ hosts }: LabState): HostState | undefined =>
  hosts.find(({ short }) => labHost(short).group === CONTROL);

/** Made anew each time: what is there is a copy. */
export async function furnishControl(
  state: LabState,
  host: HostState,
  say: (line: string) => void,
): Promise<void> {
  const { root } = hostPaths(state.name, host.short);
  await installPackage(join(root, 'usr/local'), say);
  copyInventory(state, root);
  await run('chown', ['-R', `${USER}:${USER}`, join(root, HOME)]);
}

/** Packed, then installed as everybody does; with the Node.js that runs here. */
async function installPackage(prefix: string, say: (line: string) => void): Promise<void> {
  const source = templatePath('..');
  mkdirSync(cacheDir(), { recursive: true });
  const stage = mkdtempSync(join(cacheDir(), 'control-'));
  try {
    say('packing hxllm');
    // its scripts would build it anew, under those who use it
    const packed = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', stage], {
      cwd: source,
    });
    const archive = join(stage, packed.trim().split('\n').at(-1) ?? '');
    say(`installing ${basename(archive)}`);
    const there = join(stage, 'installed');
    await run(
      'npm',
      ['install', '--global', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', there, archive],
      {
        hint: 'npm needs a package registry that it reaches: npm ping',
      },
    );
    for (const part of ['bin', 'lib'])
      cpSync(join(there, part), join(prefix, part), { recursive: true, verbatimSymlinks: true });
    cpSync(process.execPath, join(prefix, 'bin/node'));
    chmodSync(join(prefix, 'bin/node'), 0o755);
  } finally {
    await removeTree(stage);
  }
}

function copyInventory(state: LabState, root: string): void {
  const { key, vaultPassword, knownHosts } = labPaths(state.name);
  const { inventory, ollama } = state;
  if (!inventory || !existsSync(inventory))
    throw new HxError({ code: 'lab', message: 'the lab has no inventory yet', hint: 'hxllm lab up' });
  const login = { key: `${HOME}/.ssh/id_ed25519`, knownHosts: `${HOME}/.ssh/known_hosts` };
  const folder = join(root, FOLDER);
  cpSync(inventory, folder, { recursive: true });
  const archive = `${HOME}/${basename(ollama?.archive ?? '')}`;
  if (ollama) cpSync(ollama.archive, join(root, archive));
  const variables = readFileSync(join(inventory, 'group_vars/all/lab.yml'), 'utf8');
  const own = { mode: 0o600 };
  writeFiles(root, [
    { path: `${FOLDER}/dev.ini`, content: iniText(state, login) },
    {
      path: `${FOLDER}/group_vars/all/lab.yml`,
      content: ollama ? variables.replace(ollama.archive, archive) : variables,
    },
    { path: login.key, content: readFileSync(key, 'utf8'), ...own },
    { path: login.knownHosts, content: readFileSync(knownHosts, 'utf8'), ...own },
    { path: `${HOME}/.vault-password`, content: readFileSync(vaultPassword, 'utf8'), ...own },
    {
      path: `${HOME}/hx-ansible/ansible.cfg`,
      content: `[defaults]\ninventory = inventories/dev.ini\nvault_password_file = ${HOME}/.vault-password\n`,
    },
  ]);
}
