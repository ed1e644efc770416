// haproxy.cfg in the forms that inventories ask for: the program itself accepts each of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FileSpec, file } from '../../src/resources/file.js';
import type { Resource } from '../../src/resources/kind.js';
import { certificate, GATEWAY_PEM, WEBUI_PEM } from '../../src/roles/certificate.js';
import { Secret } from '../../src/secret.js';
import { Host } from '../resources/host.js';
import { COMPLETED } from '../stack/inventory.js';
import { selfSigned } from '../support/certificates.js';
import { fileOf, resourcesFor, SMALL } from './fleet.js';

const PATH = '/etc/haproxy/haproxy.cfg';

let host: Host;
beforeAll(async () => {
  host = await Host.start();
  await host.say(
    'mkdir -p /etc/haproxy /run/haproxy; : > /etc/haproxy/clients.map; echo 1 > /run/haproxy/slots.state',
  );
  await host.say('echo 127.0.0.1 llm1 llm2 llm.example llm.other >> /etc/hosts');
});
afterAll(async () => host?.stop());

const folder = mkdtempSync(join(tmpdir(), 'hxllm-pem-'));
afterAll(() => rmSync(folder, { recursive: true }));
const PEM = join(folder, 'gw.pem');
const pair = selfSigned('DNS:gw');
writeFileSync(PEM, pair.certificate);

interface Row {
  variables: string;
  ini?: string;
  has: string[];
}

const ROWS: Record<string, Row> = {
  'two backends': {
    variables: '',
    has: ['bind 0.0.0.0:4000', 'server llm1 llm1:11434', 'server llm2 llm2:11434', 'timeout server 600s'],
  },
  'other address, port and patience': {
    variables: 'litellm_bind_host: 10.0.0.10\nlitellm_bind_port: 8080\nlitellm_request_timeout: 30\n',
    has: ['bind 10.0.0.10:8080', 'timeout server 30s'],
  },
  'a certificate': {
    variables: `litellm_tls_certificate: ${PEM}\nlitellm_tls_key: ${JSON.stringify(pair.key)}\n`,
    has: [
      'bind 0.0.0.0:4000',
      'bind abns@hxllm-tls accept-proxy ssl crt /etc/haproxy/litellm.pem alpn h2,http/1.1 ssl-min-ver TLSv1.2',
    ],
  },
  'less patience with a backend': {
    variables: 'litellm_backend_timeout: 20\n',
    has: ['timeout server 600s', 'timeout server 20s'],
  },
  'limits of size and of all clients': {
    variables: 'litellm_max_request_mb: 20\nlitellm_max_rpm: 600\nlitellm_max_parallel: 50\n',
    has: ['backend all', 'http-request sc-inc-gpc0(1) if { var(txn.counts) -m found }'],
  },
  'every address of both families': { variables: 'litellm_bind_host: "::"\n', has: ['bind [::]:4000 v4v6'] },
  'one IPv6 address': { variables: 'litellm_bind_host: "fd00::10"\n', has: ['bind [fd00::10]:4000'] },
  'backends over TLS, by IPv6, and with one short name': {
    variables: 'litellm_backends: ["https://llm.example", "http://[fd00::21]:11434", "http://llm.other:1"]\n',
    has: [
      'server llm llm.example:443 ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt sni str(llm.example)',
      'server fd00--21 [fd00::21]:11434',
      'server llm-2 llm.other:1',
    ],
  },
  'different models on different backends': {
    variables: 'litellm_models: ~\n',
    ini: `[litellm]\ngw\n[llm]\nllm1 ollama_models='["a:1"]'\nllm2 ollama_models='["a:1","b:1"]'\n`,
    has: ['frontend ollama_11415', 'frontend ollama_11418'],
  },
  'a web UI alone': {
    variables: 'webui_port: 81\nwebui_bind: "[fd00::30]:8081"\n',
    ini: `[webui]\nui\n${SMALL}`,
    has: ['bind :81', 'server open-webui [fd00::30]:8081', 'timeout server 600s'],
  },
  'a web UI with a certificate': {
    variables: `webui_tls_certificate: ${PEM}\nwebui_tls_key: ${JSON.stringify(pair.key)}\n`,
    ini: `[webui]\ngw\n${SMALL.replaceAll('gw', 'api')}`,
    has: [
      'bind :80',
      'http-request redirect prefix https://gw code 302',
      'bind :443 ssl crt /etc/haproxy/open-webui.pem alpn http/1.1 ssl-min-ver TLSv1.2',
    ],
  },
  'a web UI and a gateway on one host': {
    variables: 'webui_bind: "0.0.0.0:8080"\n',
    ini: `${SMALL}[webui]\ngw\n`,
    has: [
      'bind 0.0.0.0:4000',
      'server litellm 127.0.0.1:4401',
      'bind :80',
      'server open-webui 127.0.0.1:8080',
    ],
  },
};

describe('haproxy.cfg', () => {
  it.each(Object.entries(ROWS))('for %s is accepted', async (_, { variables, ini, has }) => {
    const text = await fileOf(PATH, `${COMPLETED}${variables}`, ini ?? SMALL);
    const lines = text.split('\n').map((line) => line.trim());
    expect(lines.filter((line) => has.includes(line)).sort()).toEqual([...has].sort());
    writeFileSync(`${host.folder}/etc/haproxy/haproxy.cfg`, text);
    for (const pem of [GATEWAY_PEM, WEBUI_PEM])
      writeFileSync(`${host.folder}${pem}`, `# Written by hxllm\n${pair.certificate}${pair.key}`);
    const { code, stdout, stderr } = await host.run(`/usr/sbin/haproxy -c -f ${PATH}`);
    expect(`${code} ${stdout}${stderr}`).toBe('0 Configuration file is valid\n');
  });

  it("has no balanced listener in the guide's literal form", async () => {
    const text = await fileOf(PATH, `${COMPLETED}litellm_balancer: litellm\n`);
    expect(text).not.toMatch(/ollama/);
    expect(text).toMatch(/^frontend litellm$/m);
  });

  it('of a web UI alone knows nothing of slots, and of both is one file', async () => {
    const ini = (host: string) => `[webui]\n${host}\n${SMALL}`;
    expect(await fileOf(PATH, COMPLETED, ini('ui'))).not.toMatch(/litellm|slots|clients\.map/);
    const both = (await resourcesFor('gw', COMPLETED, ini('gw'))).filter(({ id }) => id === PATH);
    expect(both).toHaveLength(1);
    const services = await resourcesFor('gw', COMPLETED, ini('gw'));
    expect(services.filter(({ kind, id }) => kind === 'service' && id === 'haproxy.service')).toHaveLength(1);
  });

  it('is proven before it gets its name, and reloaded, never restarted', async () => {
    const resource = (await resourcesFor('gw', COMPLETED)).find(({ id }) => id === PATH);
    expect(resource?.spec).toMatchObject({ validate: '/usr/sbin/haproxy -c -q -f "$new"' });
    expect(resource?.notify?.map((h) => [h.id, h.script])).toEqual([
      ['reload haproxy.service', 'systemctl reload haproxy.service'],
    ]);
  });

  it.each([
    ['0.0.0.0', '127.0.0.1'],
    ['"::"', '127.0.0.1'],
    ['10.0.0.10', '10.0.0.10'],
    ['"fd00::10"', '[fd00::10]'],
  ])('bound to %s is looked for at %s', async (bound, address) => {
    const resources = await resourcesFor('gw', `${COMPLETED}litellm_bind_host: ${bound}\n`);
    const service = resources.find(({ kind, id }) => kind === 'service' && id === 'haproxy.service');
    expect(service?.spec).toMatchObject({
      port: 4000,
      ready: `curl -s -o /dev/null --max-time 5 http://${address}:4000/`,
    });
  });

  const TLS = `${COMPLETED}litellm_tls_certificate: ${PEM}\nlitellm_tls_key: ${JSON.stringify(pair.key)}\n`;

  it('has the certificate and its key in a file that only HAProxy reads, before it names it', async () => {
    const resources = await resourcesFor('gw', TLS);
    const at = (path: string) => resources.findIndex(({ id }) => id === path);
    const pem = resources[at('/etc/haproxy/litellm.pem')];
    expect(pem?.spec).toEqual({
      content: `# Written by hxllm\n${pair.certificate}${pair.key}`,
      ...{ mode: '0640', owner: 'root', group: 'haproxy', secret: true },
    });
    expect(pem?.notify?.map(({ id }) => id)).toEqual(['reload haproxy.service']);
    expect(at('/etc/haproxy/litellm.pem')).toBeLessThan(at(PATH));
    expect(await fileOf('/etc/haproxy/litellm.pem', TLS)).toBe('# holds secrets: not shown\n');
  });

  it('leaves no key of a web UI that is there no more, nor one of its own', async () => {
    const gone = async (variables: string) =>
      (await resourcesFor('gw', variables)).filter((r) => r.gone && /\.pem$/.test(r.id)).map(({ id }) => id);
    expect(await gone(COMPLETED)).toEqual([GATEWAY_PEM, WEBUI_PEM]);
    expect(await gone(TLS)).toEqual([WEBUI_PEM]);
  });

  it('refuses a certificate that has expired', () => {
    const own = {
      chain: pair.certificate,
      key: new Secret(pair.key),
      name: 'gw',
      fingerprint: '',
      variable: 'litellm_tls_certificate',
    };
    const resource = certificate({ ...own, expires: new Date('2026-01-02') }, GATEWAY_PEM);
    expect(file.diff(resource as Resource<FileSpec>, undefined)).toMatchObject({
      refused: { message: 'litellm_tls_certificate expired on 2026-01-02' },
    });
  });
});
