// The change of a running gateway and its undo, with stand-ins for systemd and HAProxy that notice when nobody serves.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { switchOver } from '../../src/roles/gateway/switch.js';
import { Host } from '../resources/host.js';

/** A unit is active or not, and runs what its link led to; a slot is ready, drain or maint. */
const STAND_INS = `mount -t tmpfs tmpfs /usr/local/sbin; cd /usr/local/sbin
cat > look <<'END'
#!/bin/bash
for u in litellm standby; do [ "$(cat /run/slot/$u)" = ready ] && [ -e /run/unit/$u ] && exit; done
echo "$*" >> /run/nobody
END
cat > systemctl <<'END'
#!/bin/bash
unit=\${!#} unit=\${unit#litellm-}
link=current; [ $unit = standby ] && link=next
case "$*" in
  is-active*) [ -e /run/unit/$unit ] ;;
  is-failed*) [ ! -e /run/unit/$unit ] ;;
  *ExecMainStart*) cat /run/starts ;;
  show*) echo 0 ;;
  stop*) rm -f /run/unit/$unit ;;
  restart*)
    [ $unit = standby ] || echo x >> /run/starts
    rm -f /run/unit/$unit; look "$*"
    [ -e /run/broken/$unit ] || readlink /etc/litellm/$link > /run/unit/$unit ;;
esac
code=$?; look "$*"; exit $code
END
cat > socat <<'END'
#!/bin/bash
read -r words
case "$words" in
  set*) w=($words); echo \${w[4]} > /run/slot/\${w[2]#slots/}; look "$words" ;;
  *) for u in litellm standby; do
    s=$(cat /run/slot/$u); [ $s != ready ] || { s=DOWN; [ ! -e /run/unit/$u ] || s=UP; }
    echo "slots,$u,,,0,,,,,,,,,,,,,\${s^^}"; done ;;
esac
END
cat > curl <<'END'
#!/bin/sh
case "$*" in *4401*) [ -e /run/unit/litellm ] ;; *) [ -e /run/unit/standby ] ;; esac
END
printf '#!/bin/sh\\ncat /run/taken 2>/dev/null; true\\n' > ss
printf '#!/bin/sh\\necho why\\n' > journalctl
chmod +x look systemctl socat curl ss journalctl`;

let host: Host;
beforeAll(async () => {
  host = await Host.start();
  await host.say(STAND_INS);
});
beforeEach(async () => {
  await host.say(`rm -rf /run/* /etc/litellm
for d in T slot unit broken; do mkdir /run/$d; done; mkdir -p /etc/litellm/releases/old /etc/litellm/releases/new
cd /etc/litellm; ln -s releases/old current; ln -s releases/new next
echo x > /run/starts; echo releases/old > /run/unit/litellm; echo ready > /run/slot/litellm; echo maint > /run/slot/standby`);
});
afterAll(async () => host?.stop());

const handler = switchOver('litellm.service', { litellm_drain_timeout: 5 });
const head = `export ID=new T=/run/T; set -eo pipefail
progress() { :; }; phase() { :; }
prove() { u=$1; [ $u != main ] || u=litellm; echo "proved $1: $(cat /run/unit/$u)"; [ ! -e /run/bad ] || exit 66; }
`;
const run = (script = '') => host.run(`${head}main() {\n${script}\n}\nmain`, 'bash');

/** What serves, what is left, and when nobody served. */
const state = () =>
  host.say(`cd /run; echo $(cat unit/litellm) $(cat slot/litellm slot/standby); ls unit
readlink /etc/litellm/current; ls /etc/litellm; cat nobody 2>/dev/null || true`);
const whole = (name: string) =>
  `releases/${name} ready maint\nlitellm\nreleases/${name}\ncurrent\nreleases\n`;

/** After an undo that failed: the standby serves alone, litellm came back by itself. */
const ALONE =
  'echo releases/other > /run/unit/standby; echo ready > /run/slot/standby; echo drain > /run/slot/litellm';

describe('a change of a gateway', () => {
  it.each([
    ['that serves', 'true'],
    ['whose standby was left to serve alone', ALONE],
  ])('%s: the new release is proven twice, and somebody always serves', async (_, before) => {
    await host.say(before);
    const { code, stdout } = await run(handler.script);
    expect([code, stdout]).toEqual([0, 'proved standby: releases/new\nproved main: releases/new\n']);
    expect(await state()).toBe(whole('new'));
  });

  it.each([
    ['whose port somebody has', 'echo users:nginx > /run/taken', /^port 4402 is taken: users:nginx\n$/],
    [
      'that does not start',
      'touch /run/broken/standby',
      /^litellm-standby does not start\nthe end of the journal of litellm-standby:\nwhy\n$/,
    ],
    [
      'that is not proven',
      'touch /run/bad',
      /releases\/new\nthe end of the journal of litellm-standby:\nwhy\n$/,
    ],
  ])('to a standby %s says why, and its undo leaves nothing', async (_, before, says) => {
    await host.say(before);
    const { code, stdout } = await run(handler.script);
    expect([code === 0, stdout]).toEqual([false, expect.stringMatching(says)]);
    expect((await run(handler.undo)).code).toBe(0);
    expect(await state()).toBe(whole('old'));
  });

  it.each([
    ['the standby is gone', 'true'],
    ['the standby goes', 'echo releases/new > /run/unit/standby; echo drain > /run/slot/standby'],
  ])('that is undone when %s: the old release serves from the standby until litellm does', async (_, at) => {
    expect((await run(handler.script)).code).toBe(0);
    await host.say(`${at}; cd /etc/litellm; ln -sfn releases/old current`);
    expect((await run(handler.undo)).code).toBe(0);
    expect(await state()).toBe(whole('old'));
  });

  it('after which the standby cannot come back: litellm starts with the old release without it', async () => {
    expect((await run(handler.script)).code).toBe(0);
    await host.say('touch /run/broken/standby; cd /etc/litellm; ln -sfn releases/old current');
    expect((await run(handler.undo)).code).toBe(0);
    expect(await host.say('cat /run/unit/litellm; rm -f /run/nobody')).toBe('releases/old\n');
    expect(await state()).toBe(whole('old'));
  });

  it('after which litellm does not start: the standby serves until the old release does', async () => {
    await host.say('touch /run/broken/litellm');
    expect((await run(handler.script)).stdout).toMatch(/litellm does not start\n/);
    await host.say('cd /etc/litellm; ln -sfn releases/old current');
    expect((await run(handler.undo)).code).toBe(1);
    expect(await host.say('cat /run/slot/standby /run/nobody 2>/dev/null || true')).toBe('ready\n');
    await host.say('rm /run/broken/litellm');
    expect((await run(handler.undo)).code).toBe(0);
    expect(await state()).toBe(whole('old'));
  });
});
