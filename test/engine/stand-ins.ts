// systemctl and systemd-run for a host of the tests' own, where systemd does not run: they write down what they were told.
// The real ones are met in test/e2e/transaction.e2e.ts and crash.e2e.ts.
import type { Host } from '../resources/host.js';

/** A timer never fires; what is to be waited for is run. */
const SYSTEMD_RUN = `#!/bin/sh
unit= timer=
for a; do case "$a" in --unit=*) unit=\${a#--unit=} ;; --on-active=*) timer=\${a#--on-active=} ;; esac; done
[ -z "$timer" ] || { echo "timer $unit $timer" >> /run/said; exit 0; }
while [ "\${1#-}" != "$1" ]; do shift; done
echo "unit $unit \${2}" >> /run/said
exec "$@"
`;
const SYSTEMCTL = '#!/bin/sh\necho "systemctl $*" >> /run/said\n';

export async function standIns(host: Host): Promise<void> {
  const put = (name: string, text: string) =>
    `cat > /usr/local/sbin/${name} <<'END'\n${text}END\nchmod 0755 /usr/local/sbin/${name}`;
  await host.say(
    `mount -n -t tmpfs own /usr/local/sbin\n${put('systemctl', SYSTEMCTL)}\n${put('systemd-run', SYSTEMD_RUN)}`,
  );
}

/** What they were told, one line each; asked once. */
export const told = async (host: Host): Promise<string[]> =>
  (await host.say('touch /run/said; cat /run/said; rm /run/said')).split('\n').filter(Boolean);
