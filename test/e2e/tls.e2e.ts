// TLS in front of everything, by an authority of one's own: made by one command, trusted without flags, renewed while people ask.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { run } from '../support/cli.js';
import { doctor } from './support/doctor.js';
import { metAt } from './support/network.js';
import { kept, onHost } from './support/search.js';
import { echoed, GATEWAY, masterKey, verified } from './support/stack.js';
import { useWebui, WEBUI, WEBUI_HOSTS } from './support/webui.js';

vi.setConfig({ testTimeout: 400_000 });
const lab = useWebui();
const PEM = '/etc/haproxy/litellm.pem';
const gateway = () => `https://${lab().fqdn(GATEWAY)}:4000`;
const inFolder = (name: string) => join(lab().folder, name);
const authority = () => inFolder('group_vars/all/certificates/ca.pem');
const hxllm = async (...words: string[]) => {
  const ran = await lab().hxllm(words);
  expect(ran.stdout + ran.stderr).not.toContain('PRIVATE KEY');
  return ran;
};
const deployed = async () => {
  const { code, stdout, stderr } = await hxllm('deploy', '--yes');
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  return stdout;
};

beforeAll(async () => {
  const refused = await hxllm('certificates', 'create', '--yes');
  expect([refused.code, refused.stderr.replace(/\s*\n ›\s*/g, ' ')]).toEqual([
    2,
    expect.stringMatching(/litellm_base_url is http:.*write https:\/\/ there/),
  ]);
  const where = /(group_vars\/\S+\.yml):\d+/.exec(refused.stderr)?.[1] as string;
  const text = readFileSync(inFolder(where), 'utf8');
  writeFileSync(inFolder(where), text.replace('litellm_base_url: "http://', 'litellm_base_url: "https://'));
  expect((await hxllm('certificates', 'create', '--yes')).code).toBe(0);
  expect(await deployed()).toMatch(/\/usr\/local\/share\/ca-certificates\/hxllm\.crt/);
}, 400_000);

test('everything passes over TLS, a chat through the web UI, too, and nothing is left to plan', async () => {
  const findings = await verified(lab());
  expect(echoed(findings)).toContain('webui-chat phi3-3.8b');
  const certificates = findings.filter(({ check }) => /certificate$/.test(check));
  expect(certificates.map(({ check, host }) => [check, host])).toEqual([
    ['certificate', lab().fqdn(GATEWAY)],
    ['webui-certificate', lab().fqdn(WEBUI)],
  ]);
  expect(certificates[0]?.message).toMatch(/expires on .*; without TLS a request is refused$/);
  expect((await hxllm('plan')).code).toBe(0);
  expect((await doctor(lab())).bad).toEqual([]);
});

test('status says until when', async () => {
  const day = new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 7);
  const { stdout } = await hxllm('status');
  expect(stdout.match(new RegExp(`until ${day}-\\d\\d`, 'g'))).toHaveLength(2);
});

test('curl and the SDKs trust it without a flag, on each host and with its file elsewhere', async () => {
  const key = await masterKey(lab());
  for (const host of WEBUI_HOSTS) {
    const curl = onHost(
      lab(),
      host,
      `bash -lc 'curl -sS -w "%{http_code} %{ssl_verify_result}" -o /dev/null ${gateway()}/v1/models -H @-' <<< 'Authorization: Bearer ${key}'`,
    );
    expect([host, curl.stdout, curl.stderr]).toEqual([host, '200 0', '']);
  }
  const python = `import sys, openai
client = openai.OpenAI(base_url='${gateway()}/v1', api_key=sys.stdin.readline().strip(), max_retries=0)
print(client.models.list().data[0].id)`;
  const sdk = onHost(
    lab(),
    GATEWAY,
    `cat > /dev/shm/ask.py <<'END'\n${python}\nEND
bash -lc 'exec /etc/litellm/current/venv/bin/python /dev/shm/ask.py' <<< '${key}'; rm /dev/shm/ask.py`,
  );
  expect([sdk.stdout, sdk.stderr]).toEqual([expect.stringMatching(/^\S+\n$/), '']);
  const node = `import OpenAI from 'openai';
const client = new OpenAI({ baseURL: 'https://${lab().address(GATEWAY)}:4000/v1', apiKey: process.env.KEY, maxRetries: 0 });
console.log((await client.models.list()).data.length > 0);`;
  const asked = (env: Record<string, string>) =>
    run(process.execPath, ['--input-type=module', '-e', node], {
      env: { PATH: process.env.PATH, KEY: key, ...env },
    });
  expect((await asked({ NODE_EXTRA_CA_CERTS: authority() })).stdout).toBe('true\n');
  expect((await asked({})).code).not.toBe(0);
});

test('without TLS the API says where to go and leads nobody there; the web UI leads', async () => {
  const at = `http://${lab().address(GATEWAY)}:4000`;
  const answer = await fetch(`${at}/v1/models`, {
    headers: { authorization: 'Bearer sk-x' },
    redirect: 'manual',
  });
  expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
  const message = `this gateway speaks TLS: use ${gateway()}/v1; a key that came here was sent in clear: change it`;
  expect(await answer.json()).toMatchObject({ error: { message } });
  const page = await fetch(`http://${lab().address(WEBUI)}/c/1?a=b`, { redirect: 'manual' });
  expect([page.status, page.headers.get('location')]).toEqual([302, `https://${lab().fqdn(WEBUI)}/c/1?a=b`]);
});

test('certificates that end soon: doctor says so, with what renews them', async () => {
  expect((await hxllm('certificates', 'renew', '--all', '--days', '5')).code).toBe(0);
  onHost(lab(), GATEWAY, `cp -p ${PEM} /root/old.pem`);
  await deployed();
  const { exit, findings } = await doctor(lab(), '--only', 'certificate,webui-certificate');
  const soon = {
    status: 'warn',
    message: expect.stringMatching(/^it expires on \d{4}-\d\d-\d\d, in [45] days/),
    hint: expect.stringMatching(/^hxllm certificates renew.*hxllm deploy --limit /),
  };
  expect([exit, findings]).toMatchObject([0, [soon, soon]]);
});

test('a renewal changes one file on each of both, and no request fails', async () => {
  const asking = askingUntil(await masterKey(lab()));
  expect((await hxllm('certificates', 'renew')).code).toBe(0);
  expect((await hxllm('plan')).stdout).toMatch(/2 of 3 hosts to change/);
  await deployed();
  const { sent, bad } = await asking();
  expect(bad).toEqual([]);
  expect(sent).toBeGreaterThan(LEAST);
  await verified(lab(), ['--only', 'certificate', '--only', 'webui-certificate']);
});

test.each([
  [GATEWAY, [22, 4000]],
  [WEBUI, [22, 80, 443]],
])('a scan of %s finds what is meant to be open', async (host, open) => {
  const listening = onHost(lab(), host, `ss -Htln | sed 's/.*:\\([0-9]*\\) .*:.*/\\1/' | sort -nu`).stdout;
  const ports = [...new Set([...open, 8080, ...listening.split('\n').filter(Boolean).map(Number)])];
  const met = await Promise.all(ports.map((port) => metAt(lab().address(host), port)));
  expect(ports.filter((_, i) => met[i] === 'open').sort((a, b) => a - b)).toEqual(open);
});

test('litellm_allowed_networks closes the web UI to all others', async () => {
  const nobody = ['-e', '{"litellm_allowed_networks": ["192.0.2.0/24"]}'];
  const scan = () => Promise.all([80, 443].map((port) => metAt(lab().address(WEBUI), port)));
  expect((await hxllm('deploy', '--yes', '--limit', WEBUI, ...nobody)).code).toBe(0);
  expect(await scan()).toEqual(['ECONNREFUSED', 'ECONNREFUSED']);
  expect((await hxllm('deploy', '--yes', '--limit', WEBUI)).code).toBe(0);
  expect(await scan()).toEqual(['open', 'open']);
});

test('an older TLS is found', async () => {
  const file = '/etc/haproxy/haproxy.cfg';
  const older = 's/ssl-min-ver TLSv1.2/ssl-min-ver TLSv1.0 ciphers DEFAULT@SECLEVEL=0/';
  onHost(lab(), GATEWAY, `cp -p ${file} /root/cfg; sed -i '${older}' ${file}; systemctl reload haproxy`);
  const { findings } = await doctor(lab(), '--only', 'certificate');
  onHost(lab(), GATEWAY, `mv /root/cfg ${file}; systemctl reload haproxy`);
  expect(findings).toMatchObject([
    { message: 'TLS 1.1 is spoken there', hint: expect.stringMatching(/deploy/) },
  ]);
});

test('another certificate on the gateway, and a host that trusts nobody: found, mended by what is named', async () => {
  onHost(lab(), GATEWAY, `cat /root/old.pem > ${PEM}; systemctl reload haproxy`);
  onHost(lab(), 'hx-llm01-server', ': > /etc/ssl/certs/ca-certificates.crt');
  const { bad, findings, mended } = await doctor(lab(), '--only', 'certificate,trust', '--fix');
  expect(bad).toEqual(['hx-api-server certificate']);
  expect(findings.find(({ status }) => status === 'fail')).toMatchObject({
    message: 'another certificate is shown than the one of litellm_tls_certificate',
    hint: `hxllm deploy --limit ${lab().fqdn(GATEWAY)}`,
  });
  expect(mended).toMatchObject([{ host: lab().fqdn('hx-llm01-server'), check: 'trust' }]);
  await deployed();
  onHost(lab(), GATEWAY, 'rm /root/old.pem');
  expect((await doctor(lab())).bad).toEqual([]);
});

test('the HAProxy in front of the web UI is stopped: doctor says so, and --fix starts it', async () => {
  onHost(lab(), WEBUI, 'systemctl stop haproxy');
  const { bad, mended } = await doctor(lab(), '--only', 'start', '--fix');
  expect([bad, mended]).toMatchObject([[], [{ host: lab().fqdn(WEBUI), done: 'start haproxy' }]]);
});

test('the keys are where HAProxy reads them, the authority’s on no host', async () => {
  const vault = (await lab().hxllm(['vault', 'view', inFolder('group_vars/all/vault.yml')])).stdout;
  // the second line of each: the first begins as every key of its kind
  const keyIn = (name: string) =>
    new RegExp(`^${name}: \\|\n +-+BEGIN PRIVATE KEY-+\n +\\S+\n +(\\S{40,})$`, 'm').exec(vault)?.[1];
  const keys = {
    gateway: keyIn('vault_litellm_tls_key') as string,
    webui: keyIn('vault_webui_tls_key') as string,
    authority: keyIn('vault_hxllm_ca_key') as string,
  };
  expect(Object.values(keys).map((key) => typeof key)).toEqual(['string', 'string', 'string']);
  // what a change replaced is kept in a folder of root's alone
  const served = (host: string) =>
    kept(lab(), host, keys).filter((line) => !line.includes(' /var/lib/hxllm/transactions/'));
  expect(served(GATEWAY)).toEqual([`file 640 ${PEM}: gateway`]);
  expect(served(WEBUI)).toEqual(['file 640 /etc/haproxy/open-webui.pem: webui']);
});

/** Requests without which a measurement says nothing. */
const LEAST = 20;
/** Asks some ten times a second, each on a new connection; what it gives ends it. */
function askingUntil(key: string): () => Promise<{ sent: number; bad: string[] }> {
  const url = `https://${lab().address(GATEWAY)}:4000/v1/models`;
  const words = ['-s', '--max-time', '20', '--cacert', authority(), '-o', '/dev/null', '-w', '%{http_code}'];
  const bad: string[] = [];
  let [isOn, sent] = [true, 0];
  const all = (async () => {
    // what is over at once is asked for the moments after it, too
    while (isOn || sent <= LEAST) {
      sent += 1;
      const { stdout } = await run('curl', [...words, '-H', `Authorization: Bearer ${key}`, url]);
      if (stdout !== '200') bad.push(stdout);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return async () => {
    isOn = false;
    await all;
    return { sent, bad };
  };
}
