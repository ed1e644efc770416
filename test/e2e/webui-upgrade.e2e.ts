// An Open WebUI 0.9.6 whose connection an administrator saved: connected as it is; upgraded only when somebody says so; put back when that fails.
import { beforeAll, expect, test, vi } from 'vitest';
import { CONNECTION, field } from './support/field.js';
import { useFieldLab } from './support/field-lab.js';
import { fullOnly } from './support/full.js';
import { ENV, installOldWebui, WEBUI } from './support/old-webui.js';
import { verified } from './support/stack.js';
import { READY, REFUSED } from './support/webui-cases.js';

vi.setConfig({ testTimeout: 400_000, hookTimeout: 900_000 });
const lab = useFieldLab('gateway');
const OTHER = 'http://127.0.0.1:9/v1';

const { said, webui, url, database, right } = field(lab);
const UPGRADE = ['-e', '{"webui_version": "0.12.4", "webui_slim": true}'];

/** What an administrator sees and may change, signed in as people are. */
const asAdmin = (python: string) =>
  said(`python3 - <<'E'
import json, urllib.request
def ask(path, body=None, token=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {'content-type': 'application/json', **({'authorization': 'Bearer ' + token} if token else {})}
    return json.load(urllib.request.urlopen(urllib.request.Request('http://127.0.0.1:8080' + path, data, headers), timeout=30))
token = ask('/api/v1/auths/signin', {'email': 'boss@example.com', 'password': 'old-admin-pass'})['token']
${python}
E`);
const URLS = "print(json.dumps(ask('/openai/config', token=token)['OPENAI_API_BASE_URLS']))";
const VERSION = "print(ask('/api/version')['version'])";

beforeAll(async () => {
  installOldWebui(lab(), {
    version: '0.9.6',
    lines: 'OPENAI_API_BASE_URL=http://playbook:4000/v1\nOPENAI_API_KEY=sk-of-the-playbook',
  });
  asAdmin(
    `ask('/openai/config/update', {'ENABLE_OPENAI_API': True, 'OPENAI_API_BASE_URLS': ['${OTHER}', 'http://saved:4000/v1'], 'OPENAI_API_KEYS': ['sk-theirs', 'sk-saved'], 'OPENAI_API_CONFIGS': {'0': {'enable': False}, '1': {}}}, token)`,
  );
});

test('it is connected as it is: its own form of database, its release, the other connection', async () => {
  const plan = await lab().hxllm(['plan', '--limit', WEBUI]);
  expect([plan.code, plan.stdout]).toEqual([
    3,
    expect.stringContaining(`database: ${OTHER}, http://saved:4000/v1 → `),
  ]);
  const { code, stdout, stderr } = await webui();
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  expect(JSON.parse(asAdmin(URLS))).toEqual([OTHER, 'http://saved:4000/v1', url()]);
  expect(asAdmin(VERSION)).toBe('0.9.6\n');
  await verified(lab(), ['--limit', WEBUI]);
  expect((await lab().hxllm(['plan', '--limit', WEBUI])).code).toBe(0);
});

fullOnly('its key is rotated: a release that keeps its settings in memory starts again with it', async () => {
  const { code, stdout, stderr } = await lab().hxllm(['rotate-key', '--yes', '--client', 'open-webui']);
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  await verified(lab(), ['--limit', WEBUI]);
});

test('an upgrade that would lose something asks for a word', async () => {
  const { code, stdout, stderr } = await webui('-e', 'webui_version=0.12.4');
  expect([code, stdout + stderr]).toEqual([1, expect.stringContaining('webui_slim: true')]);
  expect(stdout + stderr).toContain('local embeddings');
  expect(asAdmin(VERSION)).toBe('0.9.6\n');
});

const FOLDER = '/etc/systemd/system/open-webui.service.d';

fullOnly('an upgrade that does not start is undone, with its database: exit 6', async () => {
  const users = "print(len(ask('/api/v1/users/', token=token).get('users', [])))";
  const before = [asAdmin(URLS), asAdmin(users), said(`sha256sum ${ENV}`)];
  said(
    `mkdir -p ${FOLDER}; printf '[Service]\\nRestart=no\\nExecStartPost=/bin/sh -c "sleep 25; ! test -e ${FOLDER}/hxllm-release.conf"\\n' > ${FOLDER}/broken.conf; systemctl daemon-reload`,
  );
  const { code, stdout, stderr } = await webui(...UPGRADE);
  said(
    `rm ${FOLDER}/broken.conf; systemctl daemon-reload; systemctl restart open-webui; for _ in {1..300}; do curl -sf -o /dev/null http://127.0.0.1:8080/health && break; sleep 0.2; done`,
  );
  expect([code, stdout + stderr]).toEqual([6, expect.stringContaining('open-webui.service does not start')]);
  expect([asAdmin(URLS), asAdmin(users), said(`sha256sum ${ENV}`)]).toEqual(before);
  expect(asAdmin(VERSION)).toBe('0.9.6\n');
  await verified(lab(), ['--limit', WEBUI]);
});

test('the upgrade: another release, the same people, connections and settings; a copy of the database stays', async () => {
  const before = asAdmin(URLS);
  const { code, stdout, stderr } = await webui(...UPGRADE);
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  expect(asAdmin(VERSION)).toBe('0.12.4\n');
  expect(asAdmin(URLS)).toBe(before);
  expect(said('ls /home/openwebui/data/webui.db.before-hxllm-* | wc -l')).toBe('1\n');
  expect(said('find /home/openwebui/data -not -user openwebui')).toBe('');
  await verified(lab(), ['--limit', WEBUI, '--deep', '--skip', 'webui-user']);
  expect((await lab().hxllm(['plan', '--limit', WEBUI, ...UPGRADE])).code).toBe(0);
  expect((await lab().hxllm(['plan', '--limit', WEBUI])).code).toBe(0);
});

fullOnly.each(REFUSED)('%s: refused with what to do, nothing is touched', async (_, make, undo, message) => {
  said(make);
  const before = said(`sha256sum ${ENV}`);
  const { code, stdout, stderr } = await webui();
  const after = said(`sha256sum ${ENV}`);
  said(undo);
  expect([code, stdout + stderr]).toEqual([1, expect.stringMatching(message)]);
  expect(after).toBe(before);
  await right();
});

fullOnly('the database is not to rule: the environment alone is changed', async () => {
  said(`echo ENABLE_PERSISTENT_CONFIG=False >> ${ENV}; systemctl restart open-webui; ${READY}`);
  database("put('openai.api_base_urls', ['http://stale:1/v1'])");
  said(
    `sed -i 's/^OPENAI_API_KEY=.*/OPENAI_API_KEY=sk-stale/' ${ENV}; systemctl restart open-webui; ${READY}`,
  );
  const { code, stdout, stderr } = await webui();
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  expect(JSON.parse(database(CONNECTION))[1]).toEqual(['http://stale:1/v1']);
  await right();
  said(`sed -i /^ENABLE_PERSISTENT/d ${ENV}; systemctl restart open-webui; ${READY}`);
  database(`put('openai.api_base_urls', ['${url()}'])`);
  expect((await webui()).code).toBe(0);
});

fullOnly('a unit of another name is found by its process', async () => {
  said(`cd /etc/systemd/system; mv open-webui.service chat.service; mv open-webui.service.d chat.service.d; systemctl daemon-reload
systemctl stop open-webui; systemctl start chat; ${READY}`);
  await right();
  database("put('openai.api_keys', ['sk-wrong'])");
  const { code, stdout } = await webui();
  expect([code, stdout]).toEqual([0, expect.stringContaining('connection of chat.service')]);
  await right();
});
