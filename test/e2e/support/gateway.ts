// A gateway whose change stops where a test says; how it is seen from inside, and the load that it must not fail meanwhile.
import { beforeAll, expect, vi } from 'vitest';
import { sleep } from '../../../src/retry.js';
import type { Lab } from '../../support/lab.js';
import { probes } from './probes.js';
import { begin, inside, type Running } from './running.js';
import { onHost } from './search.js';
import { useDeployed } from './shared.js';
import { GATEWAY, masterKey } from './stack.js';

/** Goes before the programs that a change calls: it stops once, before or after the call that is asked for. */
const STOPS = `#!/bin/bash
name=\${0##*/} at=/run/hxllm-stop/at in= hit=
real=/usr/bin/$name
[ -e "$at" ] || exec "$real" "$@"
words="$name $*"
if [ "$name" = socat ]; then in=$(cat); words="$words < $in"; fi
read -r when pattern < "$at"
case "$words" in $pattern) hit=$when ;; esac
stop() { mv "$at" /run/hxllm-stop/reached && while [ -e /run/hxllm-stop/reached ]; do sleep 0.05; done; }
[ "$hit" != before ] || stop
if [ "$name" = socat ]; then "$real" "$@" <<< "$in"; else "$real" "$@"; fi
code=$?
[ "$hit" != after ] || stop
exit $code
`;
const PROGRAMS = ['systemctl', 'systemd-run', 'socat', 'ln', 'mv', 'ls'];
const PLANT = `set -e
cat > /usr/local/lib/hxllm-stop <<'E'
${STOPS}E
chmod 0755 /usr/local/lib/hxllm-stop
for p in ${PROGRAMS.join(' ')}; do ln -sf /usr/local/lib/hxllm-stop /usr/local/sbin/$p; done
mkdir -p -m 0755 /run/hxllm-stop`;

const LOOK = `PATH=/usr/sbin:/usr/bin:/sbin:/bin
echo "configured $(sed -n 's/^HX_NOTE=//p' /etc/litellm/current/litellm.env | tr -d '"')"
echo "running $(tr '\\0' '\\n' < /proc/$(systemctl show -P MainPID litellm)/environ | sed -n 's/^HX_NOTE=//p')"
systemctl is-active litellm litellm-standby haproxy | paste -sd ' '
echo 'show stat' | socat stdio /run/haproxy/admin.sock | awk -F, '$1 == "slots" && $2 != "BACKEND" { print $2, $18 }'
ls /run/haproxy/slots.state /var/lib/hxllm/transactions/*/armed 2>/dev/null
ls /var/lib/hxllm/pending 2>/dev/null | grep -v '^remove-old-releases' # what only cleans up may wait for the next run
systemctl list-units --all --plain --no-legend 'hxllm-rollback-*' 'hxllm-undo-*'
flock -n /run/hxllm.lock true || echo locked
pgrep -af '[b]ash -s' | cut -c1-100; true`;

/** What LOOK prints of a gateway that serves one release, with nothing left of any change. */
const whole = (note: string) =>
  `configured ${note}\nrunning ${note}\nactive inactive active\nlitellm UP\nstandby MAINT\n`;

/** The gateway of the deployed stack, ready to be stopped. A row of a fault waits for two starts, a drain and an undo. */
export function useGateway(): { lab: () => Lab; gateway: () => Gateway } {
  vi.setConfig({ testTimeout: 600_000 });
  const lab = useDeployed();
  let gateway: Gateway | undefined;
  beforeAll(async () => {
    gateway = new Gateway(lab());
    await gateway.setUp();
  });
  return { lab, gateway: () => gateway as Gateway };
}

export class Gateway {
  #count = 0;
  #key = '';

  constructor(readonly lab: Lab) {}

  async setUp(): Promise<void> {
    this.#key = await masterKey(this.lab);
    const { status, stderr } = onHost(this.lab, GATEWAY, PLANT);
    expect([status, stderr]).toEqual([0, '']);
  }

  async inside(script: string): Promise<string> {
    return (await inside(this.lab, GATEWAY, script)).stdout;
  }

  look(): Promise<string> {
    return this.inside(LOOK);
  }

  /** What the release that serves says of itself. */
  async note(): Promise<string> {
    return /^running (.*)$/m.exec(await this.look())?.[1] ?? '?';
  }

  /** A change that no earlier test made: the words that ask for it, and what `note` says when it is made. */
  change(): { note: string; args: string[] } {
    const note = `${process.pid}-${++this.#count}`;
    return { note, args: ['--limit', GATEWAY, '-e', `{"litellm_environment": {"HX_NOTE": "${note}"}}`] };
  }

  deploy(args: string[]): Running {
    return begin(this.lab, ['deploy', '--yes', ...args]);
  }

  /**
   * Waits until a change is at `before CALL`, `after CALL` (it stands there until `goOn`) or `said TEXT`. The call is
   * a pattern of sh.
   */
  async reach(where: string, start: () => Running): Promise<Running> {
    const text = /^said (.*)$/.exec(where)?.[1];
    if (!text) await this.inside(`mkdir -p /run/hxllm-stop; echo '${where}' > /run/hxllm-stop/at`);
    const running = start();
    if (text) await running.until(new RegExp(text));
    else
      await expect
        .poll(
          async () => (running.over() ? running.said() : '') || (await this.inside('ls /run/hxllm-stop')),
          { timeout: 400_000 },
        )
        .toBe('reached\n');
    return running;
  }

  /** Lets go on what was stopped, when what stopped it had its time. */
  async goOn(afterMs = 0): Promise<void> {
    await sleep(afterMs);
    await this.inside('rm -f /run/hxllm-stop/*');
  }

  /** Waits until one of these releases serves with nothing left of the change; returns which. */
  async settles(notes: string[], seconds: number): Promise<string> {
    let seen = '';
    const known = async () => {
      seen = await this.look();
      return notes.some((note) => seen === whole(note)) ? 'whole' : seen;
    };
    await expect.poll(known, { timeout: seconds * 1000, interval: 500 }).toBe('whole');
    return notes.find((note) => seen === whole(note)) as string;
  }

  /** After a change that ended by its own rules, not with its host or controller. */
  async leavesNothing(note: string): Promise<void> {
    await this.settles([note], 1);
    expect(await this.inside('ls -d /etc/litellm/next /var/lib/hxllm/pending/* 2>/dev/null')).toBe('');
  }

  probes(): ReturnType<typeof probes> {
    return probes(`http://${this.lab.address(GATEWAY)}:4000`, 'phi3-3.8b', this.#key);
  }

  /** Asks from inside the host, whose cable may be out; `stop` says what failed. */
  asksInside(): { stop(): Promise<string> } {
    const file = '/run/hxllm-asked';
    const one = `curl -s -o /dev/null -w '%{http_code}\\n' --max-time 60 -H @${file}.key http://127.0.0.1:4000/v1/models`;
    const script = `umask 077; echo 'Authorization: Bearer ${this.#key}' > ${file}.key; touch ${file}.on
while [ -e ${file}.on ]; do code=$(${one}); [ "$code" = 200 ] || echo "$(date +%T) $code"; sleep 0.25; done; rm ${file}.key`;
    const asking = this.inside(script);
    return {
      stop: async () => {
        await this.inside(`rm ${file}.on`);
        return asking;
      },
    };
  }

  /** The same change again goes through, and then there is nothing to do. */
  async finishes(args: string[], note: string): Promise<void> {
    const again = await this.lab.hxllm(['deploy', '--yes', ...args]);
    expect([again.code, again.code === 0 ? '' : again.stdout + again.stderr]).toEqual([0, '']);
    await this.leavesNothing(note);
    const plan = await this.lab.hxllm(['plan', ...args]);
    expect([plan.code, plan.code === 0 ? '' : plan.stdout]).toEqual([0, '']);
  }
}
