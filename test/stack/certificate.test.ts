// The certificate in the inventory: what is wrong with it is told with its place, before anything is touched.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readStack } from '../../src/stack/read.js';
import { authority, selfSigned } from '../support/certificates.js';
import { COMPLETED, GUIDE_INI, inventoryOf } from './inventory.js';

const NAME = 'hx-api-server.dev-test.hana-x.ai';
const BACKENDS = 'litellm_backends: ["http://llm1:11434"]\n';
const folder = mkdtempSync(join(tmpdir(), 'hxllm-certificate-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const ca = authority();
const good = ca.issue(`DNS:${NAME},IP:10.0.0.10`);
const other = selfSigned('DNS:elsewhere.lan');
const GOOD = file('good.pem', good.certificate);

async function read(lines: object) {
  const own = Object.entries(lines).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
  const { inventory } = await inventoryOf({
    'dev.ini': GUIDE_INI,
    'group_vars/all/own.yml': COMPLETED + BACKENDS + own.join(''),
  });
  return readStack(inventory);
}

test.each([
  ['the default address', {}, `https://${NAME}:4000`],
  ['an IP address', { litellm_base_url: 'https://10.0.0.10:4000/v1' }, 'https://10.0.0.10:4000'],
])('a good one for %s is taken', async (_, more, url) => {
  const { stack, problems } = await read({
    litellm_tls_certificate: GOOD,
    litellm_tls_key: good.key,
    ...more,
  });
  expect(problems).toEqual([]);
  const [gateway] = stack?.gateways ?? [];
  expect(gateway?.baseUrl).toBe(url);
  expect(gateway?.certificate).toMatchObject({ chain: good.certificate, name: new URL(url).hostname });
  expect(JSON.stringify(gateway?.certificate)).not.toContain('PRIVATE');
});

test('without one the address is plain', async () => {
  const { stack } = await read({});
  expect(stack?.gateways[0]).toMatchObject({ baseUrl: `http://${NAME}:4000`, certificate: undefined });
});

const [cert, key] = ['litellm_tls_certificate', 'litellm_tls_key'];
test.each<[string, object, string, RegExp]>([
  ['no key', { [cert]: GOOD }, key, /^is required with litellm_tls_certificate$/],
  ['no certificate', { [key]: good.key }, cert, /^is required with litellm_tls_key$/],
  ['no file', { [cert]: '/nowhere.pem', [key]: good.key }, cert, /^\/nowhere\.pem cannot be read: ENOENT/],
  ['a file with something else', { [cert]: file('x', 'x'), [key]: good.key }, cert, /holds no certificate/],
  ['a key that is none', { [cert]: GOOD, [key]: 'sk-1' }, key, /^is no private key in PEM/],
  ['the key of another', { [cert]: GOOD, [key]: other.key }, key, /^does not belong to .*good\.pem$/],
  [
    'a certificate for another name',
    { [cert]: file('other.pem', other.certificate), [key]: other.key },
    cert,
    /is for DNS:elsewhere\.lan, not for hx-api-server\.dev-test\.hana-x\.ai of litellm_base_url$/,
  ],
  [
    'an address that is plain',
    { [cert]: GOOD, [key]: good.key, litellm_base_url: `http://${NAME}:4000` },
    'litellm_base_url',
    /speaks TLS only$/,
  ],
])('%s is a problem', async (_, lines, variable, message) => {
  const { stack, problems } = await read(lines);
  expect(stack).toBeUndefined();
  expect(problems).toMatchObject([{ variable, message: expect.stringMatching(message) }]);
  expect(JSON.stringify(problems)).not.toContain('PRIVATE');
});
