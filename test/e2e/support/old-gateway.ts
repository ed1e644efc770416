// A gateway as the guide's playbooks leave it: LiteLLM itself on port 4000, plain files, a venv of its own.
import { readFileSync } from 'node:fs';
import { templatePath } from '../../../src/templates.js';
import type { Lab } from '../../support/lab.js';
import { onHost } from './search.js';
import { GATEWAY } from './stack.js';

const INSTALL = `set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -qq -y python3-venv curl >/dev/null
useradd --system --create-home --home-dir /opt/litellm --shell /bin/bash litellm
mkdir -p /etc/litellm && cd /etc/litellm
cat > /root/lock.txt <<'E'
LOCK
E
python3 -m venv /opt/litellm/venv
/opt/litellm/venv/bin/pip install -q --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r /root/lock.txt
cat > config.yaml <<'E'
model_list:
  - model_name: phi3-3.8b
    litellm_params:
      model: ollama_chat/phi3:3.8b
      api_base: BACKEND
router_settings:
  routing_strategy: least-busy
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
E
printf 'LITELLM_MASTER_KEY=%s\\nLITELLM_LOCAL_MODEL_COST_MAP=True\\n' 'KEY' > litellm.env
chown -R litellm:litellm /etc/litellm /opt/litellm; chmod 0750 /etc/litellm; chmod 0600 litellm.env
cat > /etc/systemd/system/litellm.service <<'E'
[Unit]
Description=LiteLLM proxy
After=network-online.target

[Service]
User=litellm
Group=litellm
WorkingDirectory=/etc/litellm
EnvironmentFile=/etc/litellm/litellm.env
ExecStart=/opt/litellm/venv/bin/litellm --config /etc/litellm/config.yaml --host 0.0.0.0 --port 4000
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
E
systemctl daemon-reload; systemctl enable -q --now litellm
for _ in {1..240}; do curl -sf -o /dev/null http://127.0.0.1:4000/health/readiness && exit; sleep 0.5; done
journalctl -u litellm -n 30 --no-pager; exit 1`;

/** Installs it and waits until it serves. `backend`: http://HOST:PORT of Ollama. */
export function installOldGateway(lab: Lab, { backend, key }: { backend: string; key: string }): void {
  const lock = readFileSync(templatePath('litellm/locks/1.105.3.txt'), 'utf8');
  const script = INSTALL.replace('LOCK', () => lock)
    .replace('BACKEND', backend)
    .replace("'KEY'", `'${key}'`);
  const { status, stdout, stderr } = onHost(lab, GATEWAY, script);
  if (status !== 0) throw new Error(`no old gateway: ${stdout.slice(-2000)}${stderr.slice(-2000)}`);
}
