// Whose Open WebUI a host has: by its unit's file, and where no unit of that name is, by what runs.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { foreignScript } from '../src/open-webui.js';
import { Host } from './resources/host.js';

let host: Host;
beforeAll(async () => {
  host = await Host.start();
  await host.say(`mount -n -t tmpfs own /usr/local/sbin
printf '#!/bin/sh\\n[ ! -e /run/unit ] || echo /run/unit\\n' > /usr/local/sbin/systemctl; chmod 0755 /usr/local/sbin/systemctl`);
});
afterAll(async () => host?.stop());

it.each([
  ['nothing', 'rm -f /run/unit', false],
  ["a unit of hxllm's own", 'echo "# Written by hxllm." > /run/unit', false],
  ["a unit of somebody else's", 'echo "[Unit]" > /run/unit', true],
  [
    'one that another unit runs',
    'rm -f /run/unit; setsid bash -c "exec -a /x/bin/open-webui sleep 60" >/dev/null 2>&1 & sleep 0.3',
    true,
  ],
])("%s: is it somebody else's?", async (_, make, isForeign) => {
  await host.say(make);
  const { code } = await host.run(
    `export PATH=/usr/local/sbin:$PATH\n${foreignScript('open-webui.service')}`,
  );
  expect(code === 0).toBe(isForeign);
});
