// Host check `shell`: a command begins at once. Login files and sudo that wait for something make everything slow.
import { type HostCheck, verdict } from './check.js';

const SLOW_MS = 1000;

export const shell: HostCheck = {
  id: 'shell',
  title: 'A command begins at once',
  role: 'machine',
  doctor: true,
  hint: 'ssh HOST time true',
  // as sshd starts it: bash reads ~/.bashrc then
  script: () => `u=\${SUDO_USER:-root}
took() { s=$(date +%s%N); timeout 10 "$@" </dev/null >/dev/null 2>&1; echo "$(( ($(date +%s%N) - s) / 1000000 ))"; }
IFS=: read -r _ _ _ _ _ home shell <<EOF
$(getent passwd "$u")
EOF
echo "user $u"
echo "shell $(took runuser -u "$u" -- env -i HOME="$home" USER="$u" PATH="$PATH" SSH_CLIENT='::1 1 22' "$shell" -c true)"
echo "sudo $([ "$u" = root ] && echo 0 || took runuser -u "$u" -- sudo -n true)"`,
  judge(output) {
    const ms = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(output)?.[1] ?? Number.NaN);
    const [user, data] = [/^user (\S+)$/m.exec(output)?.[1], { shell: ms('shell'), sudo: ms('sudo') }];
    if (!user || Number.isNaN(data.shell + data.sudo))
      return { status: 'fail', message: 'the host does not say how long a command takes' };
    const seconds = (value: number) => (value / 1000).toFixed(1);
    const slow = [
      ...(data.shell > SLOW_MS ? [`the shell of ${user} takes ${seconds(data.shell)} s to begin`] : []),
      ...(data.sudo > SLOW_MS ? [`sudo takes ${seconds(data.sudo)} s`] : []),
    ];
    if (slow.length === 0) return verdict([], `${data.shell + data.sudo} ms`, { data });
    const hint =
      data.shell > SLOW_MS
        ? `what waits in ~/.bashrc or ~/.profile of ${user} on HOST? Only a terminal needs it`
        : 'does HOST know its own name? ssh HOST getent hosts $(hostname); it stands in /etc/hosts';
    return { status: 'warn', message: slow.join('; '), hint, data };
  },
};
