// Which hosts a removal is of, what the inventory's variables make of what goes, and why a role may not go.
import { expect, it } from 'vitest';
import { routesOf } from '../../src/roles/gateway/routes.js';
import type { RoleName } from '../../src/roles/role.js';
import { leavingFleet } from '../../src/tasks/leaving.js';
import { COMPLETED, GUIDE_INI, GUIDE_VARIABLES, inventoryOf } from '../stack/inventory.js';

const [LLM1, LLM2, GW] = ['hx-llm01-server', 'hx-llm02-server', 'hx-api-server'].map(
  (name) => `${name}.dev-test.hana-x.ai`,
) as [string, string, string];
/** Out of all groups, and still named. */
const WITHOUT = (host: string) => `${host}\n${GUIDE_INI.replace(`${host}\n`, '')}`;
const ONE = GUIDE_VARIABLES.replace(/.*llm02.*\n/, '');

interface Asked {
  remove: RoleName[];
  limit?: string;
  ini?: string;
  variables?: string;
  files?: Record<string, string>;
}
async function fleet({ remove, limit, ini = GUIDE_INI, variables = GUIDE_VARIABLES, files = {} }: Asked) {
  const { inventory, folder } = await inventoryOf({
    'dev.ini': ini,
    'group_vars/all/litellm.yml': variables,
    'group_vars/all/own.yml': COMPLETED,
    ...files,
  });
  const { hosts } = leavingFleet(inventory, { limit }, { remove, data: false });
  const said = (text: string) => text.replaceAll(`${folder}/`, '').replaceAll('.dev-test.hana-x.ai', '');
  const refused = hosts.flatMap((h) => h.leaving?.refused ?? []);
  return { hosts, refused: refused.map(({ message, hint }) => [said(message), said(hint)]) };
}

it('without a host it is refused with the words that are missing', async () => {
  await expect(fleet({ remove: ['backend'] })).rejects.toMatchObject({
    exitCode: 2,
    suggestions: ['add it: --remove backend --limit HOST'],
  });
});

it.each<[string, Asked, string[][]]>([
  [
    'the inventory asks for it',
    { remove: ['backend'], limit: LLM2 },
    [
      [
        'the inventory asks for it: hx-llm02-server is in [llm]',
        'take it out of [llm] in dev.ini:6, and deploy what is left first',
      ],
    ],
  ],
  [
    'a gateway of the inventory uses it',
    { remove: ['backend'], limit: LLM2, ini: WITHOUT(LLM2) },
    [
      [
        'gateway hx-api-server uses it',
        'take it out of litellm_backends (group_vars/all/litellm.yml:4), and deploy the gateway first',
      ],
    ],
  ],
  [
    'a web UI of the inventory has no gateway without it',
    { remove: ['gateway'], limit: GW, ini: `${GW}\n[llm]\n${LLM1}\n[webui]\nui\n` },
    [
      [
        'web UI ui uses it',
        'give it another gateway (group_vars/all/litellm.yml:3), or take it out of [webui]',
      ],
    ],
  ],
  [
    'a web UI of the inventory asks it by its name',
    {
      remove: ['gateway'],
      limit: GW,
      ini: `${GW}\n[litellm]\ngw2\n[llm]\n${LLM1}\n[webui]\nui\n`,
      variables: ONE,
    },
    [
      [
        'web UI ui uses it',
        'give it another gateway (group_vars/all/litellm.yml:3), or take it out of [webui]',
      ],
    ],
  ],
  ['nobody asks for it', { remove: ['backend'], limit: LLM2, ini: WITHOUT(LLM2), variables: ONE }, []],
  [
    'all hosts are out of their groups',
    { remove: ['backend', 'gateway'], limit: GW, ini: `${GW}\n${LLM1}\n` },
    [],
  ],
])('%s', async (_, asked, refused) => {
  expect((await fleet(asked)).refused).toEqual(refused);
});

it('what goes is what the role has with the variables of its group, as if the host were in it still', async () => {
  const files = { 'group_vars/llm/own.yml': 'ollama_port: 11500\n' };
  const { hosts } = await fleet({
    remove: ['backend'],
    limit: LLM2,
    ini: WITHOUT(LLM2),
    variables: ONE,
    files,
  });
  const service = hosts[0]?.leaving?.resources.find((r) => r.id === 'ollama.service' && r.kind === 'service');
  expect([hosts[0]?.members, service?.spec]).toEqual([[], expect.objectContaining({ port: 11500 })]);
});

it('a gateway is asked where it sends requests; itself is no backend', () => {
  const said = ['127.0.0.1:4401', '127.0.0.1:11437', '127.0.0.1:11434', 'HX-LLM01:11434', '[fd00::1]:11434'];
  expect(routesOf([...said, '@@ end', ''].join('\n'))).toEqual(['127.0.0.1', 'hx-llm01', 'fd00::1']);
  expect(routesOf(said.join('\n'))).toBe(undefined);
});
