// Releases that cannot work, under load: no client meets them, the cause is told, and all is as it was.
import { expect, test } from 'vitest';
import { fullOnly } from './support/full.js';
import { useGateway } from './support/gateway.js';
import { begin } from './support/running.js';
import { GATEWAY } from './support/stack.js';

const { lab, gateway } = useGateway();

const GOOD = '{"name": "phi3-3.8b", "provider": "ollama", "model": "phi3:3.8b"}';
const models = (...more: string[]) => ['-e', `{"litellm_models": [${[GOOD, ...more].join(', ')}]}`];
/** A venv that says that it is whole. */
const venv = (script: string) => `set -e
new=$(echo /opt/litellm/venvs/*)-py3.11
mkdir -p $new/bin; ln -sf /usr/bin/python3 $new/bin/python
printf '%s\\n' "#!$new/bin/python" ${script} > $new/bin/litellm
chmod 0755 $new/bin/litellm; touch $new/.hxllm-complete`;
const LISTEN = 'import socket, time; s = socket.create_server(("127.0.0.1", 4402)); time.sleep(600)';

interface Row {
  what: string;
  args: string[];
  says: RegExp;
  /** Done on the gateway before, when the standby is about to start, and afterwards. */
  before?: string;
  midway?: string;
  after?: string;
  /** Shown by every run of the tests. */
  decisive?: true;
}

const ROWS: Row[] = [
  {
    what: 'a key that is not there',
    args: models(
      '{"name": "far", "provider": "openai", "model": "gpt-4o", "params": {"api_key": "os.environ/NOT_THERE"}}',
    ),
    says: /far: .*(api_key|API key)[\s\S]*the end of the journal of litellm-standby/,
    decisive: true,
  },
  {
    what: 'a deployment that LiteLLM leaves out',
    args: models('{"name": "out", "provider": "nosuch", "model": "x"}'),
    says: /out is not offered[\s\S]*the end of the journal of litellm-standby/,
  },
  {
    what: 'a backend that is not there',
    args: models(
      '{"name": "gone", "provider": "openai", "model": "x", "params": {"api_key": "none", "api_base": "http://127.0.0.1:9/v1"}}',
    ),
    says: /completions: gone: /,
  },
  {
    what: 'a port that somebody has',
    args: ['-e', '{"litellm_environment": {"HX_NOTE": "port"}}'],
    before: `systemd-run -q --unit=thief python3 -c '${LISTEN}'; sleep 1`,
    says: /port 4402 is taken: .*python3/,
    after: 'systemctl stop thief',
    decisive: true,
  },
  {
    what: 'a venv without its packages',
    args: ['-e', 'litellm_python_version=3.11'],
    before: venv('"import litellm"'),
    says: /litellm-standby does not start[\s\S]*No module named 'litellm'/,
  },
  {
    what: 'a venv whose program goes before it starts',
    args: ['-e', 'litellm_python_version=3.11'],
    before: venv('"import time; time.sleep(99)"'),
    midway: 'rm /opt/litellm/venvs/*-py3.11/bin/litellm',
    says: /litellm-standby does not start[\s\S]*(203\/EXEC|No such file)/,
    decisive: true,
  },
  {
    what: 'a configuration that goes before it starts',
    args: ['-e', '{"litellm_environment": {"HX_NOTE": "configuration"}}'],
    midway: 'rm /etc/litellm/next/config.yaml',
    says: /litellm-standby does not start[\s\S]*config\.yaml/,
  },
  {
    what: 'an environment that Python does not start with',
    args: ['-e', '{"litellm_environment": {"PYTHONHOME": "/nowhere"}}'],
    says: /litellm-standby does not start[\s\S]*(encodings|Python)/,
  },
];

for (const { what, args, says, before = 'true', midway, after = 'true', decisive } of ROWS) {
  (decisive ? test : fullOnly)(`${what}: 0 failed, exit 6, and plan still wants it`, async () => {
    const old = await gateway().note();
    await gateway().inside(before);
    const load = gateway().probes();
    const words = ['deploy', '--yes', '--limit', GATEWAY, ...args];
    const start = () => begin(lab(), words);
    const running = midway
      ? await gateway().reach('before systemctl restart litellm-standby', start)
      : start();
    if (midway) {
      await gateway().inside(midway);
      await gateway().goOn();
    }
    const { code, said } = await running.ended;
    const loaded = await load.stop();
    expect([code, said]).toEqual([6, expect.stringMatching(says)]);
    expect(loaded.asked).toBeGreaterThan(0);
    expect(loaded.failed).toEqual([]);
    await gateway().leavesNothing(old);
    const plan = await lab().hxllm(['plan', '--limit', GATEWAY, ...args]);
    expect([plan.code, plan.stdout]).toEqual([3, expect.stringContaining('release /etc/litellm/current')]);
    await gateway().inside(`${after}; rm -rf /opt/litellm/venvs/*-py3.11`);
    expect((await lab().hxllm(['plan', '--limit', GATEWAY])).code).toBe(0);
  });
}
