// litellm_clients.yml: entries come and go, everything else stays byte by byte.
import { describe, expect, it } from 'vitest';
import { addClient, clientsIn, removeClient } from '../../src/inventory/client-file.js';

const FILE = 'litellm_clients.yml';
const alice = { name: 'alice', key: '{{ vault_alice }}', models: ['a', 'b:1'], rpm: 5 };
const bob = { name: 'bob', key: '{{ vault_bob }}' };
const ALICE = `  - name: "alice"
    key: "{{ vault_alice }}"
    models: ["a","b:1"]
    rpm: 5
`;
const BOB = `  - name: "bob"
    key: "{{ vault_bob }}"
`;
const OWN = `# mine
litellm_clients:
${ALICE}    # alice's own word
  # bob is new
${BOB}
# the end
`;

describe('a client', () => {
  it('is the first one of a new file, which says what it is', () => {
    const text = addClient('', FILE, alice);
    expect(text).toMatch(/^# Clients of the gateway/);
    expect(text.endsWith(`\nlitellm_clients:\n${ALICE}`)).toBe(true);
  });

  it.each([
    ['the last entry', `litellm_clients:\n${ALICE}`, `litellm_clients:\n${ALICE}${BOB}`],
    [
      'an entry without a line end',
      `litellm_clients:\n${ALICE}`.trimEnd(),
      `litellm_clients:\n${ALICE}${BOB}`,
    ],
    ['an empty list', '# mine\nlitellm_clients: []\n', `# mine\nlitellm_clients:\n${BOB}`],
    ['a comment', '# mine\n', `# mine\nlitellm_clients:\n${BOB}`],
    [
      'an entry before a word of its own',
      `litellm_clients:\n- {name: "x", key: y}\n\n# the end\n`,
      `litellm_clients:\n- {name: "x", key: y}\n\n- name: "bob"\n  key: "{{ vault_bob }}"\n# the end\n`,
    ],
  ])('is added behind %s', (_, before, after) => {
    expect(addClient(before, FILE, bob)).toBe(after);
  });

  it('is taken out with its own lines alone', () => {
    expect(removeClient(OWN, FILE, 'alice')).toBe(
      `# mine\nlitellm_clients:\n  # bob is new\n${BOB}\n# the end\n`,
    );
    const left = removeClient(OWN, FILE, 'bob');
    expect(left).toBe(
      `# mine\nlitellm_clients:\n${ALICE}    # alice's own word\n  # bob is new\n# the end\n`,
    );
    expect(clientsIn(left, FILE)).toEqual([alice]);
  });

  it('was the last one: the list is empty, and takes another', () => {
    const empty = removeClient(addClient('', FILE, alice), FILE, 'alice');
    expect(empty).toMatch(/\nlitellm_clients: \[\]\n$/);
    expect(addClient(empty, FILE, alice)).toBe(addClient('', FILE, alice));
  });

  it('that is not there changes nothing', () => {
    expect(removeClient(OWN, FILE, 'carol')).toBe(OWN);
  });

  it('is not added to a list on one line: its place is told', () => {
    const text = '# mine\nlitellm_clients: [{name: x, key: y}]\n';
    expect(() => addClient(text, FILE, bob)).toThrow(
      expect.objectContaining({
        code: 'inventory',
        where: expect.stringMatching(/^litellm_clients.yml:\d$/),
      }),
    );
  });
});
