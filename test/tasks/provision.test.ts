// What the first deploy of a web UI makes: in memory for a plan, in the inventory when a person agreed, nowhere when it cannot.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seal } from '../../src/inventory/vault/envelope.js';
import type { RoleName } from '../../src/roles/role.js';
import { Masker } from '../../src/secret.js';
import { fleetOf } from '../../src/tasks/fleet.js';
import type { Look } from '../../src/tasks/look.js';
import { keep, provision } from '../../src/tasks/webui/provision.js';
import { inventoryOf, KEY } from '../stack/inventory.js';

const INI = '[litellm]\ngw1\ngw2\n[llm]\nllm1\n[webui]\nui\n';
const VAULT = `# kept\nvault_key: ${KEY} # mine\n`;
const MADE = 'group_vars/all/litellm_clients.yml';

async function world(files: Record<string, string> = {}, roles?: RoleName[], limit?: string) {
  const { inventory, folder } = await inventoryOf(
    {
      'dev.ini': INI,
      'group_vars/all/main.yml':
        'litellm_master_key: "{{ vault_key }}"\nlitellm_models: [{name: m, model: m}]\n',
      'group_vars/all/vault.yml': seal(VAULT, 'pw'),
      ...files,
    },
    { vaultPassword: 'pw' },
  );
  const masker = new Masker();
  const path = join(folder, 'group_vars/all/vault.yml');
  return {
    folder,
    masker,
    fleet: fleetOf(inventory, { limit }, roles),
    again: () => fleetOf(inventory.again(), { limit }, roles),
    vault: () => inventory.vault.open(readFileSync(path, 'utf8'), path),
    /** Every file as it is. */
    all: () => {
      const there = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
      return there.map((e) => [e.name, readFileSync(join(e.parentPath, e.name), 'utf8')]);
    },
  };
}

const looks = (action?: 'create' | 'update') =>
  [{ plan: { changes: action ? [{ resource: { id: '/etc/open-webui/env' }, action }] : [] } }] as Look[];

describe('for a plan', () => {
  it('the stack has a key and a password, all gateways know the key, and nothing is written', async () => {
    const { fleet, masker, all } = await world();
    const before = all();
    const made = provision(fleet, { masker });
    const [webui] = fleet.stack.webuis;
    const key = webui!.key!.reveal();
    expect(key).toMatch(/^sk-[0-9a-f]{48}$/);
    expect(fleet.stack.gateways.map((g) => g.clients.map((c) => [c.name, c.key.reveal()]))).toEqual([
      [['open-webui', key]],
      [['open-webui', key]],
    ]);
    expect(webui!.adminPassword).toBe(made.password);
    expect(fleet.stack.notices).toEqual([
      'open-webui gets a key of its own: vault_litellm_client_open_webui, beside the master key',
    ]);
    expect(masker.mask(`${key} ${made.password!.reveal()}`)).toBe('[secret] [secret]');
    expect(all()).toEqual(before);
  });

  it('what is there is kept', async () => {
    const { fleet, masker } = await world({
      [MADE]: `litellm_clients: [{name: open-webui, key: sk-${'3'.repeat(32)}}]\n`,
      'group_vars/all/ui.yml': 'webui_admin_password: mine\n',
    });
    const made = provision(fleet, { masker });
    expect([made.clients.size, made.password, fleet.stack.notices]).toEqual([0, undefined, []]);
    expect(fleet.stack.webuis[0]!.key!.reveal()).toBe(`sk-${'3'.repeat(32)}`);
  });

  it('web UIs of one client share its key, and each client has its own', async () => {
    const { fleet, masker } = await world({ 'dev.ini': `${INI}ui2\nui3 webui_client=chat\n` });
    const made = provision(fleet, { masker });
    expect([...made.clients.keys()]).toEqual(['open-webui', 'chat']);
    const [one, two, three] = fleet.stack.webuis.map((w) => w.key!.reveal());
    expect([one === two, one === three]).toEqual([true, false]);
  });

  it('a run on backends alone makes nothing', async () => {
    const { fleet, masker } = await world({}, ['backend']);
    expect(provision(fleet, { masker }).clients.size).toBe(0);
    expect(fleet.stack.webuis[0]!.key).toBeUndefined();
  });
});

describe('when a person agreed', () => {
  it.each([
    ['deploy', undefined],
    ['hxllm webui, whose run has no gateway', ['webui'] as RoleName[]],
  ])('the key lies in the vault and the client in a file of its own: %s', async (_, roles) => {
    const { fleet, masker, vault, folder, again } = await world({}, roles);
    const made = provision(fleet, { masker });
    const said = keep(fleet, made, looks('create'));
    const key = made.clients.get('open-webui')!.reveal();
    const password = made.password!.reveal();
    expect(vault()).toBe(
      `${VAULT}vault_litellm_client_open_webui: ${key}\nvault_webui_admin_password: ${password}\n`,
    );
    expect(readFileSync(join(folder, MADE), 'utf8')).toContain(
      'key: "{{ vault_litellm_client_open_webui }}"',
    );
    expect(said.join('\n')).toMatch(
      /open-webui is a client now.*signs in with vault_webui_admin_password of /s,
    );
    expect(said.join('\n')).not.toMatch(new RegExp(`${key}|${password}`));
    // the next run finds both, and makes nothing
    const next = again();
    expect(next.stack.webuis[0]!.key!.reveal()).toBe(key);
    expect(next.stack.webuis[0]!.adminPassword!.reveal()).toBe(password);
    expect(provision(next, { masker }).clients.size).toBe(0);
  });

  it('an install that was there gets no password', async () => {
    const { fleet, masker, vault } = await world();
    const said = keep(fleet, provision(fleet, { masker }), looks());
    expect(vault()).not.toContain('password');
    expect(said).toHaveLength(1);
  });

  it('a password that was lost is made anew for the file, and it is said that it opens nothing', async () => {
    const { fleet, masker, vault } = await world();
    const said = keep(fleet, provision(fleet, { masker }), looks('update'));
    expect(vault()).toContain('vault_webui_admin_password: ');
    expect(said.at(-1)).toMatch(/an administrator that is there keeps the password$/);
  });

  it.each([
    ['by the person', { 'group_vars/all/mine.yml': 'litellm_clients: []\n' }],
    ['for one group', { 'group_vars/litellm.yml': 'litellm_clients: []\n' }],
  ])('clients that are listed %s are theirs: it is refused with the lines to add', async (_, files) => {
    for (const roles of [undefined, ['webui'] as RoleName[]]) {
      const { fleet, masker, all, folder } = await world(files, roles);
      const before = all();
      const made = provision(fleet, { masker });
      const error = (() => {
        try {
          return keep(fleet, made, looks('create'));
        } catch (thrown) {
          return thrown;
        }
      })();
      expect(error).toMatchObject({
        exitCode: 2,
        message: expect.stringContaining('litellm_clients is yours to change here; nothing was written'),
        suggestions: [
          `add there, with a new key in {{ vault_litellm_client_open_webui }} of your vault:\n  - name: "open-webui"\n    key: "{{ vault_litellm_client_open_webui }}"\nthen: hxllm deploy`,
        ],
      });
      expect([all(), existsSync(join(folder, MADE))]).toEqual([before, false]);
    }
  });
});
