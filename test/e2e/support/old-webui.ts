// An Open WebUI as people have it in the field: `uv tool` in a user's home, a unit and an environment file of its own.
import { readFileSync } from 'node:fs';
import { templatePath } from '../../../src/templates.js';
import type { Lab } from '../../support/lab.js';
import { onHost } from './search.js';

export const WEBUI = 'hx-webui-server';
export const ENV = '/etc/open-webui/open-webui.env';
const TOOL = '/home/openwebui/.local/share/uv/tools/open-webui';

/** 0.12 has an official list without torch; before that everything but torch is what starts. */
const PACKAGES = {
  '0.12.4': `cat > /tmp/lock.txt <<'E'
LOCK
E
$uv pip install -q --compile-bytecode --python ${TOOL}/bin/python --no-deps --require-hashes -r /tmp/lock.txt`,
  '0.9.6': `printf 'torch ; python_version < "0"\\n' > /tmp/override.txt
$uv pip install -q --compile-bytecode --python ${TOOL}/bin/python --override /tmp/override.txt open-webui==0.9.6`,
};

const INSTALL = `set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -qq -y python3-venv curl >/dev/null
useradd --create-home --home-dir /home/openwebui --shell /bin/bash openwebui
python3 -m venv /opt/uv && /opt/uv/bin/pip install -q --disable-pip-version-check uv
uv="runuser -u openwebui -- env UV_SYSTEM_CERTS=1 UV_PYTHON_DOWNLOADS=never /opt/uv/bin/uv"
cd /home/openwebui
$uv venv -q --python /usr/bin/python3 ${TOOL}
PACKAGES
rm -rf /home/openwebui/.cache
runuser -u openwebui -- mkdir -p .local/bin data
runuser -u openwebui -- ln -s ${TOOL}/bin/open-webui .local/bin/open-webui
mkdir -p /etc/open-webui
cat > ${ENV} <<'E'
# made by the playbook
WEBUI_NAME="Our chat"
SLIM
DATA_DIR=/home/openwebui/data
WEBUI_SECRET_KEY='t0p-secret-of-the-field'
ENABLE_SIGNUP=true
WEBUI_ADMIN_EMAIL=boss@example.com
WEBUI_ADMIN_PASSWORD=old-admin-pass
OLLAMA_BASE_URLS="http://127.0.0.1:9"
ENABLE_OLLAMA_API=false
OFFLINE_MODE=true
RAG_EMBEDDING_ENGINE=openai
LINES
E
chmod 0640 ${ENV}; chown root:openwebui ${ENV}
cat > /etc/systemd/system/open-webui.service <<'E'
[Unit]
Description=Open WebUI
After=network-online.target

[Service]
User=openwebui
EnvironmentFile=${ENV}
WorkingDirectory=/home/openwebui
ExecStart=/home/openwebui/.local/bin/open-webui serve --host 0.0.0.0 --port 8080
Restart=always

[Install]
WantedBy=multi-user.target
E
systemctl daemon-reload; systemctl enable -q --now open-webui
for _ in {1..400}; do curl -sf -o /dev/null http://127.0.0.1:8080/health && exit; sleep 0.5; done
journalctl -u open-webui -n 40 --no-pager; exit 1`;

export interface OldWebui {
  version: keyof typeof PACKAGES;
  /** Lines of its environment file that say what it is connected to. */
  lines: string;
}

/** Installs it and waits until it answers. */
export function installOldWebui(lab: Lab, { version, lines }: OldWebui): void {
  const lock = readFileSync(templatePath('open-webui/locks/0.12.4.txt'), 'utf8');
  const script = INSTALL.replace('PACKAGES', () => PACKAGES[version].replace('LOCK', () => lock))
    .replace('SLIM\n', version === '0.12.4' ? 'USE_SLIM_DOCKER=true\n' : '')
    .replace('LINES', () => lines);
  const { status, stdout, stderr } = onHost(lab, WEBUI, script);
  if (status !== 0) throw new Error(`no old web UI: ${stdout.slice(-3000)}${stderr.slice(-2000)}`);
}
