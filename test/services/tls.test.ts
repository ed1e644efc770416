// A gateway's TLS as hxllm asks it: the inventory's certificate is trusted for its name, nothing else is.
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { certificate as check } from '../../src/checks/certificate.js';
import { Secret } from '../../src/secret.js';
import { ask } from '../../src/services/http.js';
import { fetchTrusting } from '../../src/services/tls.js';
import type { Certificate } from '../../src/stack/certificate.js';
import { aGateway } from '../checks/members.js';
import { authority, type Pair, selfSigned } from '../support/certificates.js';

const ca = authority();
const issued = ca.issue('DNS:gw.lan,IP:10.0.0.10');
const own = selfSigned('DNS:gw.lan');
const alone = (pair: Pair) =>
  `${pair.certificate.split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n`;

const servers: Server[] = [];
async function serve({ certificate, key }: Pair, versions: SecureContextOptions = {}): Promise<string> {
  const server = createServer({ cert: certificate, key, ...versions }, (request, answer) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () =>
      answer.writeHead(201, { 'x-seen': request.headers.authorization }).end(`${request.method} ${body}`),
    );
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
let url: { issued: string; own: string };
beforeAll(async () => {
  url = { issued: await serve(issued), own: await serve(own) };
});
afterAll(() => {
  for (const server of servers) server.close();
});

const trusting = (chain: string, name = 'gw.lan') => ({ fetch: fetchTrusting({ chain, name }) });

test.each([
  ['with its chain', () => url.issued, issued.certificate, 'gw.lan'],
  ['without its issuer', () => url.issued, alone(issued), 'gw.lan'],
  ['for an IP address', () => url.issued, issued.certificate, '10.0.0.10'],
  ['signed by itself', () => url.own, own.certificate, 'gw.lan'],
])('a certificate %s is trusted', async (_, at, chain, name) => {
  const answer = await ask({ url: at(), key: 'sk-1', ...trusting(chain, name) }, '/x', { body: { a: 1 } });
  expect([answer.status, answer.text, answer.headers.get('x-seen')]).toEqual([
    201,
    'POST {"a":1}',
    'Bearer sk-1',
  ]);
});

test.each([
  ['for another name', () => url.issued, issued.certificate, 'other.lan', 'for another name'],
  ['of somebody else', () => url.issued, own.certificate, 'gw.lan', 'that is not trusted here'],
])('a certificate %s is not', async (_, at, chain, name, words) => {
  await expect(ask({ url: at(), ...trusting(chain, name) }, '/')).rejects.toThrow(
    `${at()} shows a certificate ${words}`,
  );
});

const DAY = 86_400_000;
async function judged(at: string, rest: Partial<Certificate>, fetch = globalThis.fetch) {
  const { fingerprint256 } = new (await import('node:crypto')).X509Certificate(own.certificate);
  const certificate = {
    chain: own.certificate,
    key: new Secret(own.key),
    name: 'gw.lan',
    variable: 'litellm_tls_certificate',
    fingerprint: fingerprint256,
    expires: new Date(Date.now() + 90.5 * DAY),
    ...rest,
  };
  const access = { url: at, through: 'direct' as const, signal: AbortSignal.timeout(9000), fetch };
  return [await check.run(aGateway({ certificate }), access)].flat();
}

test('the check tells what is shown, and how long it is good', async () => {
  const soon = new Date(Date.now() + 10.5 * DAY);
  expect(await judged(url.own, {})).toMatchObject([{ status: 'pass' }]);
  expect(await judged(url.issued, {})).toMatchObject([
    { status: 'fail', message: expect.stringMatching(/another certificate/) },
  ]);
  expect(await judged(url.own, { expires: soon })).toMatchObject([
    { status: 'warn', message: expect.stringMatching(/in 10 days; without TLS a request is refused$/) },
  ]);
  expect(await judged(url.own, { expires: new Date(0) })).toMatchObject([
    { status: 'fail', message: 'it expired on 1970-01-01' },
  ]);
});

test('a gateway that speaks an old TLS, or answers without any, fails', async () => {
  const old = await serve(own, { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
  expect(await judged(old, {})).toMatchObject([{ status: 'fail', message: 'TLS 1.1 is spoken there' }]);
  const both = async (input: unknown) => {
    expect(String(input)).toMatch(/^http:/);
    return new Response('', { status: 302 });
  };
  expect(await judged(url.own, {}, both as never)).toMatchObject([
    { status: 'fail', message: 'without TLS a request is answered: 302' },
  ]);
});

test('a gateway without one has nothing to check', async () => {
  const access = { url: url.own, through: 'direct' as const, signal: AbortSignal.timeout(9000), fetch };
  expect(await check.run(aGateway(), access)).toEqual([]);
});
