// `npm run bench`: 100,000 lines of four hosts as one, against reading the same journals by ssh side by side without putting them in order.
import { expect, test } from 'vitest';
import { sshArgs } from '../src/lab/ssh.js';
import { needState } from '../src/lab/state.js';
import { table } from '../src/ui/table.js';
import { inside } from '../test/e2e/support/running.js';
import { run } from '../test/support/cli.js';
import { useLab } from '../test/support/lab.js';

const HOSTS = ['hx-api-server', 'hx-llm01-server', 'hx-llm02-server', 'hx-webui-server'];
const EACH = 25_000;
const ROUNDS = 3;
const lab = useLab({ hosts: HOSTS, ollama: false });

/** The largest that it ever was, in MB, as the last line of stderr. */
const PEAK = `--import=data:text/javascript,${encodeURIComponent("process.on('exit', () => process.stderr.write('peak ' + Math.round(process.resourceUsage().maxRSS / 1024) + '\\n'))")}`;
const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const began = Date.now();
  return [await work(), (Date.now() - began) / 1000];
}

test('logs of four hosts', async () => {
  const write = `for ((i = 1; i <= ${EACH}; i++)); do echo "line $i ${'x'.repeat(80)}"; done`;
  const unit = 'systemd-run -q --wait -p LogRateLimitIntervalSec=0 --unit=litellm';
  await Promise.all(
    HOSTS.map((host) => inside(lab(), host, `${unit} bash -c '${write}'; journalctl --sync`)),
  );
  const state = needState(lab().name);
  const plain = () =>
    Promise.all(
      HOSTS.map((host) =>
        run('sh', [
          '-c',
          '"$@" | wc -l',
          'sh',
          ...['ssh', ...sshArgs(state, host, 'root'), 'journalctl -q -u litellm -o short-precise'],
        ]),
      ),
    );
  const [ours, theirs, peaks] = [[] as number[], [] as number[], [] as number[]];
  for (let round = 0; round < ROUNDS; round++) {
    const words = ['logs', '-u', 'litellm', '--since', '1h'];
    const [ran, seconds] = await timed(() => lab().hxllm(words, { env: { NODE_OPTIONS: PEAK } }));
    expect(ran.stdout.split('\n').filter((line) => line.includes(': line ')).length).toBe(
      HOSTS.length * EACH,
    );
    ours.push(seconds);
    peaks.push(Number(/peak (\d+)/.exec(ran.stderr)?.[1]));
    theirs.push((await timed(plain))[1]);
  }
  const rows = [
    [
      'hxllm logs',
      median(ours).toFixed(1),
      `${(median(ours) / median(theirs)).toFixed(1)} x`,
      String(median(peaks)),
    ],
    ['ssh journalctl, side by side, in no order', median(theirs).toFixed(1), '1.0 x', '-'],
  ];
  process.stdout.write(
    `\n${HOSTS.length * EACH} lines\n${table(['how', 'seconds', 'ratio', 'peak, MB'], rows)}\n`,
  );
});
