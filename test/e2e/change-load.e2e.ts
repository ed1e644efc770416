// Changes in a row under one load, with long streams running across them: no request fails, no stream is cut.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { poll } from '../../src/retry.js';
import { authority } from '../support/certificates.js';
import type { Loaded } from '../support/load.js';
import { FULL, fullOnly } from './support/full.js';
import { useDeployed } from './support/shared.js';
import { BACKENDS, GATEWAY } from './support/stack.js';
import { temporary } from './support/temporary.js';
import { CHANGES, type Change, figures, LEAST, UnderLoad } from './support/under-load.js';

const lab = useDeployed();
let under: UnderLoad;
beforeAll(async () => {
  under = new UnderLoad(lab());
  await under.start();
});
afterAll(() => under?.stop());

const SERVES = 'active\ninactive\nactive\n';
const units = async () =>
  (await lab().ssh(GATEWAY, 'systemctl is-active litellm litellm-standby haproxy')).stdout;

/** No request failed, and no stream was cut. */
function clean(what: string, load: Loaded): void {
  console.log(figures(what, load));
  expect({ failed: load.failed, cut: load.cut }).toEqual({ failed: [], cut: [] });
  expect(load.sent).toBeGreaterThan(LEAST);
}

async function changed(change: Change): Promise<string> {
  const { code, stdout, stderr, load } = await under.change(change);
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  clean(change.what, load);
  expect(await units()).toBe(SERVES);
  return stderr;
}

fullOnly(`${CHANGES.members.what}: 0 failed`, () => changed(CHANGES.members));

fullOnly(`${CHANGES.environment.what}: 0 failed, and the wait for streams is told`, async () => {
  expect(await changed(CHANGES.environment)).toMatch(/draining: \d+ requests?, \d+ s/);
});

fullOnly(`${CHANGES.model.what}: 0 failed`, () => changed(CHANGES.model));
fullOnly(`${CHANGES.version.what}: 0 failed`, () => changed(CHANGES.version));

fullOnly(`${CHANGES.number.what}, while somebody reloads HAProxy again and again: 0 failed`, async () => {
  let isOver = false;
  let reloads = 0;
  const somebody = (async () => {
    for (; !isOver; reloads++) await lab().ssh(GATEWAY, 'systemctl reload haproxy; sleep 4');
  })();
  await changed(CHANGES.number).finally(() => {
    isOver = true;
  });
  await somebody;
  expect(reloads).toBeGreaterThan(3);
});

fullOnly(`${CHANGES.option.what}: 0 failed`, async () => {
  await changed(CHANGES.option);
  await under.running?.lap();
});

const [FIRST = ''] = BACKENDS;
/** Requests that HAProxy gave to the first backend since it was reloaded. */
async function served(): Promise<number> {
  const { stdout } = await lab().ssh(
    GATEWAY,
    `echo show stat | socat stdio /run/haproxy/admin.sock | awk -F, '$1 ~ /^ollama/ && $2 == "${FIRST}" { print $8 }'`,
  );
  return Math.max(...stdout.trim().split('\n').map(Number));
}
const usedAgain = async (within: number) => {
  const before = await served();
  const used = async () => (await served()) > before || undefined;
  expect(await poll(used, { timeoutMs: within, everyMs: 300 })).toBe(true);
};

interface Fault {
  what: string;
  away(): Promise<unknown>;
  back(): Promise<unknown>;
  /** Nothing waits longer than this. */
  boundMs: number;
}
const stop = (names: string) => lab().ssh(FIRST, `pkill -STOP -f '${names}'`);
const go = (names: string) => lab().ssh(FIRST, `pkill -CONT -f '${names}'`);
const FAULTS: Fault[] = [
  {
    what: 'is killed',
    away: () => lab().ssh(FIRST, 'systemctl kill -s KILL ollama; systemctl stop ollama'),
    back: () => lab().ssh(FIRST, 'systemctl start ollama'),
    boundMs: 20_000,
  },
  {
    what: 'loses its power',
    away: () => lab().powerCut(FIRST),
    back: () => lab().powerOn(FIRST),
    boundMs: 20_000,
  },
  {
    what: 'hangs with its runner',
    away: () => stop('bin/ollama|llama-server'),
    back: () => go('bin/ollama|llama-server'),
    boundMs: 20_000,
  },
  {
    what: 'answers, but its runner hangs',
    away: () => stop('llama-server'),
    back: () => go('llama-server'),
    boundMs: 20_000,
  },
];

test.each(FAULTS.filter(({ what }) => FULL || !what.includes('hangs')))(
  'a backend $what, and comes back: 0 failed, nothing waits long, used again',
  async (fault) => {
    const from = Date.now();
    const { load } = await under.measured(async () => {
      await fault.away();
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      await fault.back();
      await usedAgain(10_000);
      return {};
    });
    const took = (under.running?.seen ?? [])
      .filter((one) => one.from >= from)
      .map((one) => one.to - one.from);
    console.log(`a backend ${fault.what}: longest wait ${Math.max(...took)} ms`);
    clean(`a backend ${fault.what}`, load);
    expect(Math.max(...took)).toBeLessThan(fault.boundMs);
  },
);

test('a new certificate: 0 failed on kept and on new connections', async () => {
  await under.running?.stop();
  const [ca, folder, servername] = [authority(), temporary('tls'), lab().fqdn(GATEWAY)];
  const certificate = (number: number) => {
    const { certificate: pem, key } = ca.issue(`DNS:${servername}`);
    const path = join(folder, `${number}.pem`);
    writeFileSync(path, pem);
    return {
      litellm_tls_certificate: path,
      litellm_tls_key: key,
      litellm_base_url: `https://${servername}:4000`,
    };
  };
  Object.assign(under.wanted, certificate(1));
  const first = await under.hxllm('deploy', '--yes');
  expect([first.code, first.code === 0 ? '' : first.stdout + first.stderr]).toEqual([0, '']);
  expect(first.stdout).not.toContain('PRIVATE');
  expect((await lab().ssh(GATEWAY, 'stat -c "%a %U:%G" /etc/haproxy/litellm.pem')).stdout).toBe(
    '640 root:haproxy\n',
  );
  under.load({ ca: ca.certificate, servername });
  await changed({ what: 'a new certificate', vars: () => certificate(2) });
  const verified = await under.hxllm('verify', '--only', 'certificate');
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('expires on')]);
});
