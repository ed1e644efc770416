// Writes templates/*/later.txt: what LiteLLM and Open WebUI do not load to serve, seen on the hosts of a deployed lab.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [lab = 'lab'] = process.argv.slice(2);
const PROGRAMS = [
  { folder: 'litellm', host: 'hx-api-server', unit: 'litellm.service' },
  { folder: 'open-webui', host: 'hx-webui-server', unit: 'open-webui.service' },
];
/** Bytes of source: what is smaller takes no time. */
const SMALL = 20_000;
const root = join(import.meta.dirname, '..');
const hxllm = (...words) =>
  execFileSync(process.execPath, [join(root, 'bin/run.js'), ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
const on = (host, script) => hxllm('lab', 'ssh', '--name', lab, host, '--', `sudo bash -ec ${quote(script)}`);
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The program as root, which may write: what it loads leaves its bytecode. */
const watched = (folder, unit) => `
venv=$(echo /opt/${folder}/venvs/*)
echo "$venv"
mkdir -p /run/systemd/system/${unit}.d
printf '[Service]\\nUser=root\\nGroup=root\\nEnvironment=PYTHONDONTWRITEBYTECODE=\\nReadWritePaths=%s\\n' "$venv" > /run/systemd/system/${unit}.d/later.conf
find "$venv" -name __pycache__ -prune -exec rm -rf {} +
systemctl daemon-reload
systemctl restart ${unit}`;

/** What compileall refuses is a package's file for another Python. */
const restored = (unit, venv) => `
rm -r /run/systemd/system/${unit}.d/later.conf
find "${venv}/lib" -name '*.py' | xargs -P "$(nproc)" -n 250 "${venv}/bin/python" -m compileall -q || true
systemctl daemon-reload
systemctl restart ${unit}`;

/** The topmost paths of which nothing was loaded, from the size of SMALL on. */
const LIST = `
import glob, os, sys
root = glob.glob(sys.argv[1] + "/lib/python3*/site-packages")[0]
def look(path):
    """(bytes of source, whether anything was loaded, what is later)"""
    total, loaded, later = 0, False, []
    names = sorted(os.listdir(path))
    cached = {n.split(".")[0] for n in os.listdir(path + "/__pycache__")} if "__pycache__" in names else set()
    for name in names:
        full = os.path.join(path, name)
        if name == "__pycache__" or os.path.islink(full):
            continue
        if os.path.isdir(full):
            size, used, below = look(full)
        elif name.endswith(".py"):
            size, used, below = os.path.getsize(full), name[:-3] in cached, []
        else:
            continue
        total += size
        loaded = loaded or used
        later += below if used and os.path.isdir(full) else [full] * (not used and size >= ${SMALL})
    return total, loaded, later
for path in look(root)[2]:
    path = os.path.relpath(path, root)
    print(path[:-3] if path.endswith(".py") else path)
`;

/** Each of its uses is made; a start without bytecode takes its time. The sandbox is loosened. */
function proven(host) {
  for (let tries = 12; ; tries--)
    try {
      return hxllm('verify', '--limit', host, '--skip', 'sandbox');
    } catch (error) {
      if (tries === 0) throw error;
      execFileSync('sleep', ['5']);
    }
}

for (const { folder, host, unit } of PROGRAMS) {
  const venv = on(host, watched(folder, unit)).trim();
  try {
    proven(host);
    const list = on(host, `python3 -c ${quote(LIST)} ${venv}`);
    writeFileSync(join(root, `templates/${folder}/later.txt`), list);
    console.log(`templates/${folder}/later.txt: ${list.split('\n').length - 1} paths`);
  } finally {
    on(host, restored(unit, venv));
  }
}
