// Host check `disk`: room and inodes where the stack writes.
import { bytes } from '../bytes.js';
import { type HostCheck, type Result, verdict } from './check.js';

/** What a release, a journal or a database needs to go on; below the second one it is worth a word. */
const [LEAST, LITTLE] = [500e6, 2e9];
const PATHS = '/ /etc /opt /run /tmp /usr/local /var/lib /var/lib/ollama /var/lib/open-webui /var/log';

export const disk: HostCheck = {
  id: 'disk',
  title: 'The disks have room',
  role: 'machine',
  doctor: true,
  hint: 'ssh HOST sudo du -xh --max-depth=2 / | sort -h | tail; models: hxllm models list --limit HOST',
  script: () =>
    `df -B1 --output=avail,iavail,itotal,target ${PATHS} 2>/dev/null | tail -n +2 | sort -u | sed 's/^ */fs /'; true`,
  judge(output) {
    const seen = [...output.matchAll(/^fs (\d+) +(\d+|-) +(\d+|-) +(.*)$/gm)].map(
      ([, free, inodes, all, at]) => ({
        at: at as string,
        free: Number(free),
        // btrfs has none to count
        inodes: Number(all) > 0 ? Number(inodes) / Number(all) : 1,
      }),
    );
    if (seen.length === 0) return { status: 'fail', message: 'df says nothing' };
    const full = seen.filter(
      ({ at, free, inodes }) => inodes < 0.01 || free < (small(at) ? LEAST / 50 : LEAST),
    );
    const low = seen.filter(({ at, free, inodes }) => inodes < 0.05 || (free < LITTLE && !small(at)));
    const least = [...seen].sort((a, b) => a.free - b.free)[0]!;
    const rest: Partial<Result> = {
      data: { free: Object.fromEntries(seen.map(({ at, free }) => [at, free])) },
    };
    const told = ({ at, free, inodes }: (typeof seen)[number]) =>
      inodes < 0.05
        ? `${at} has ${(inodes * 100).toFixed(1)} % of its inodes left`
        : `${at} has ${bytes(free)} left`;
    const fix = {
      title: 'shorten the journal to 200 MB and empty apt’s cache',
      script: 'journalctl -q --vacuum-size=200M; apt-get clean',
    };
    if (full.length > 0) return { ...rest, status: 'fail', message: full.map(told).join('; '), fix };
    if (low.length > 0) return { ...rest, status: 'warn', message: low.map(told).join('; '), fix };
    return verdict([], `least is ${bytes(least.free)} in ${least.at}`, rest);
  },
};

/** File systems in memory. */
const small = (at: string) => /^\/(run|tmp)(\/|$)/.test(at);
