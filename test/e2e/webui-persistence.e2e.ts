// What was connected stays connected: over restarts of Open WebUI and a reboot of its host.
import { expect } from 'vitest';
import { poll } from '../../src/retry.js';
import { fullOnly } from './support/full.js';
import { onHost } from './support/search.js';
import { echoed, verified } from './support/stack.js';
import { ready, useWebui, WEBUI } from './support/webui.js';

const lab = useWebui();
const WITHIN_MS = 120_000;

/** All rows of its settings, and one of them. */
const CONFIG = `runuser -u open-webui -- python3 - <<'E'
import hashlib, sqlite3
con = sqlite3.connect('file:/var/lib/open-webui/webui.db?mode=ro', uri=True, timeout=15)
rows = con.execute('select key,value from config order by key').fetchall()
print(len(rows), hashlib.sha256(repr(rows).encode()).hexdigest())
print(dict(rows)['openai.api_base_urls'])
E`;
const config = () => onHost(lab(), WEBUI, CONFIG).stdout;
const started = async () =>
  (await lab().ssh(WEBUI, 'systemctl show -p MainPID -p NRestarts --value open-webui')).stdout;

async function readyWithin(): Promise<void> {
  const isReady = await poll(() => ready(lab()).catch(() => undefined), { timeoutMs: WITHIN_MS });
  expect(isReady, `not ready within ${WITHIN_MS / 1000} s`).toBe(true);
}

async function right(): Promise<void> {
  const findings = await verified(lab());
  expect(echoed(findings)).toContain('webui-chat phi3-3.8b');
  const plan = await lab().hxllm(['plan']);
  expect([plan.code, plan.code === 0 ? '' : plan.stdout]).toEqual([0, '']);
}

let before = '';

fullOnly('its settings are in its database', () => {
  before = config();
  expect(before).toMatch(/^\d{3} [0-9a-f]{64}\n\["http:\/\/hx-api-server\S+:4000\/v1"\]\n$/);
});

fullOnly.each(['restart', 'second restart'])('after a %s it is as it was', async () => {
  const old = await started();
  expect((await lab().ssh(WEBUI, 'systemctl restart open-webui')).code).toBe(0);
  expect(await started()).not.toBe(old);
  await readyWithin();
  expect(config()).toBe(before);
});

fullOnly('it verifies, and nothing is left to plan', right);

fullOnly('after a reboot of its host, too', async () => {
  await lab().powerOff(WEBUI);
  await lab().powerOn(WEBUI);
  await readyWithin();
  expect(config()).toBe(before);
  await right();
});
