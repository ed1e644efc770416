// Host check `clock`: the host's time is that of the control node, so that keys end and certificates hold when they should.
import type { HostCheck } from './check.js';

const [WARN_S, FAIL_S] = [10, 60];
const FIX = { title: 'let systemd keep its time', script: 'timedatectl set-ntp true' };
const NOBODY = 'nothing keeps the time of HOST: ssh HOST sudo apt-get install -y systemd-timesyncd';

export const clock: HostCheck = {
  id: 'clock',
  title: 'The clock is right',
  role: 'machine',
  doctor: true,
  hint: 'ssh HOST sudo timedatectl set-ntp true; then: ssh HOST timedatectl',
  // its own time goes with it: what the way takes is a second or two
  script: () =>
    `echo "sent ${Date.now()} here $(date +%s%3N)"; timedatectl show -p NTPSynchronized -p CanNTP 2>/dev/null; true`,
  judge(output) {
    const [, sent, here] = /^sent (\d+) here (\d+)$/m.exec(output) ?? [];
    if (here === undefined) return { status: 'fail', message: 'the host does not say its time' };
    const seconds = Math.round((Number(here) - Number(sent)) / 1000);
    const off = Math.abs(seconds);
    const data = { seconds, synchronized: /NTPSynchronized=yes/.test(output) };
    if (off <= WARN_S) return { status: 'pass', message: `${off} s off at the most`, data };
    return {
      status: off > FAIL_S ? 'fail' : 'warn',
      message: `${off} s ${seconds > 0 ? 'ahead of' : 'behind'} the control node`,
      ...(/CanNTP=no/.test(output) ? { hint: NOBODY } : { fix: FIX }),
      data,
    };
  },
};
