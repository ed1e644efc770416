// What is left of releases and venvs on a host when a new release is proven.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { prune } from '../../src/roles/gateway/prune.js';
import { Host } from '../resources/host.js';

let host: Host;
beforeAll(async () => {
  host = await Host.start();
});
afterAll(async () => host?.stop());

/** Releases 1 to 8 with a venv each; `current` is the newest. */
beforeEach(() =>
  host.say(`rm -rf /etc/litellm /opt/litellm /var/lib/hxllm
mkdir -p /etc/litellm/releases /var/lib/hxllm/records /opt/litellm/venvs/unnamed; cd /etc/litellm
for n in 1 2 3 4 5 6 7 8; do
  mkdir releases/$n /opt/litellm/venvs/v$n; ln -s /opt/litellm/venvs/v$n releases/$n/venv
  echo '{"result":"done"}' > /var/lib/hxllm/records/$n
done
ln -s releases/8 current`),
);

/** As a step of the apply script runs it. */
async function pruned(before = 'true'): Promise<string> {
  await host.say(before);
  const { code, stdout, stderr } = await host.run(`set -eo pipefail\n${prune.script}`, 'bash');
  expect([code, stdout, stderr]).toEqual([0, '', '']);
  return host.say('ls /etc/litellm/releases /opt/litellm/venvs | tr "\\n" " " | tr -s " " ');
}
const left = (releases: string, venvs: string) =>
  `/etc/litellm/releases: ${releases} /opt/litellm/venvs: ${venvs} `;

it('the newest five, and their venvs', async () => {
  expect(await pruned()).toBe(left('4 5 6 7 8', 'v4 v5 v6 v7 v8'));
  expect(await pruned()).toBe(left('4 5 6 7 8', 'v4 v5 v6 v7 v8'));
});

it('the one that serves, however old it is', async () => {
  expect(await pruned('ln -sfn releases/2 /etc/litellm/current')).toBe(
    left('2 4 5 6 7 8', 'v2 v4 v5 v6 v7 v8'),
  );
});

it('none that was put back, and it takes no other one’s place', async () => {
  const undo = (n: number) => `echo '{"result":"undone","undone":"undo"}' > /var/lib/hxllm/records/${n}`;
  expect(await pruned(`${undo(7)}; ${undo(6)}`)).toBe(left('2 3 4 5 8', 'v2 v3 v4 v5 v8'));
});

it('none whose run died before it had a record', async () => {
  const records = '/var/lib/hxllm/records';
  expect(await pruned(`rm ${records}/6`)).toBe(left('3 4 5 7 8', 'v3 v4 v5 v7 v8'));
  // of an older one than all records nothing is known
  expect(await pruned(`rm ${records}/[1-5]`)).toBe(left('3 4 5 7 8', 'v3 v4 v5 v7 v8'));
});

it('a venv that something runs from', async () => {
  const running = host.open('bash');
  const begun = new Promise((resolve) => running.stdout.once('data', resolve));
  running.stdin.write(
    'mkdir /opt/litellm/venvs/v1/bin; echo begun; exec -a /opt/litellm/venvs/v1/bin/python sleep 60\n',
  );
  await begun;
  await host.say('until pgrep -f ^/opt/litellm/venvs/v1/bin/python >/dev/null; do sleep 0.1; done');
  expect(await pruned()).toBe(left('4 5 6 7 8', 'v1 v4 v5 v6 v7 v8'));
  await host.say('pkill -f ^/opt/litellm/venvs/v1/bin/python');
  expect(await pruned()).toBe(left('4 5 6 7 8', 'v4 v5 v6 v7 v8'));
});
