// Hosts that are not empty: an Ollama that was there before is taken over with its models; somebody else's HAProxy is left alone.
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { useLab } from '../support/lab.js';
import { fullOnly } from './support/full.js';
import { backups, keyPair, makeKeeper } from './support/keeper.js';
import { onHost } from './support/search.js';
import { type Copy, copyInventory, GATEWAY, VARIABLES } from './support/stack.js';

const HOST = 'hx-llm01-server';
const lab = useLab({ hosts: [GATEWAY, HOST] });
let copy: Copy;
beforeAll(() => {
  copy = copyInventory(lab());
});
const hxllm = (...args: string[]) => lab().hxllm(args, { env: copy.env });

/** As Ollama's own installer leaves it, with a model of its own. */
const INSTALLED = (registry: string) => `set -e
tar -xzf /root/ollama.tar.gz -C /usr/local && rm /root/ollama.tar.gz
useradd -r -s /bin/false -U -m -d /usr/share/ollama ollama
cat > /etc/systemd/system/ollama.service <<'UNIT'
[Unit]
Description=Ollama Service
After=network-online.target

[Service]
ExecStart=/usr/local/bin/ollama serve
User=ollama
Group=ollama
Restart=always
RestartSec=3
Environment="PATH=/usr/local/bin:/usr/bin:/bin"

[Install]
WantedBy=default.target
UNIT
systemctl daemon-reload && systemctl enable -q --now ollama
until curl -sf -o /dev/null http://127.0.0.1:11434/api/version; do sleep 0.1; done
curl -sSf http://127.0.0.1:11434/api/pull -d '{"model": "${registry}/library/qwen3:0.6b", "insecure": true, "stream": false}'
curl -sSf http://127.0.0.1:11434/api/copy -d '{"source": "${registry}/library/qwen3:0.6b", "destination": "qwen3:0.6b"}'
sha256sum /etc/systemd/system/ollama.service /usr/local/bin/ollama`;

const said = (script: string) => onHost(lab(), HOST, script).stdout;
const SUMS = 'sha256sum /etc/systemd/system/ollama.service /usr/local/bin/ollama';
const TAGS = `curl -sf http://127.0.0.1:11434/api/tags | grep -o '"name":"[^"/]*"' | sort`;

describe('an Ollama that was there before', () => {
  let sums = '';
  beforeAll(() => {
    const archive = /ollama_archive: "(.*)"/.exec(copy.read(VARIABLES))?.[1] as string;
    const scp = ['-F', 'none', '-q', '-i', lab().key, '-o', `UserKnownHostsFile=${lab().knownHosts}`];
    const target = `root@${lab().address(HOST)}:/root/ollama.tar.gz`;
    expect(spawnSync('scp', [...scp, archive, target]).status).toBe(0);
    const installed = onHost(lab(), HOST, INSTALLED(new URL(lab().registry).host));
    expect([installed.stderr, installed.status]).toEqual(['', 0]);
    sums = said(SUMS);
    copy.replace(VARIABLES, /ollama_(archive|sha256): .*\n/g, '');
    expect(said(TAGS)).toBe('"name":"qwen3:0.6b"\n');
  });

  test('plan says that a drop-in will complete its unit', async () => {
    const { code, stdout } = await hxllm('plan', '--limit', HOST);
    expect([code, stdout]).toEqual([
      3,
      expect.stringContaining("is somebody else's: a drop-in completes it"),
    ]);
    expect(stdout).toContain('unit /etc/systemd/system/ollama.service.d/hxllm.conf');
    expect(stdout).not.toContain('archive');
  });

  test('deploy takes it over: unit and program are as they were, its model stays, ours is added', async () => {
    const { code, stdout } = await hxllm('deploy', '--yes', '--limit', HOST);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\d+ passed/)]);
    expect(said(SUMS)).toBe(sums);
    expect(said(TAGS)).toBe('"name":"phi3:3.8b"\n"name":"qwen3:0.6b"\n');
    expect(said('getent passwd ollama | cut -d: -f6')).toBe('/usr/share/ollama\n');
    const { stdout: tags } = await lab().ssh(GATEWAY, `curl -s http://${lab().fqdn(HOST)}:11434/api/version`);
    expect(tags).toContain('"version"');
    expect((await hxllm('plan', '--limit', HOST)).code).toBe(0);
  });

  fullOnly('a backup of its models comes back to where it looks for them', async () => {
    const pair = await keyPair();
    const known = await makeKeeper(lab(), GATEWAY, pair.line);
    const at = `sftp:keeper@${lab().fqdn(GATEWAY)}:/srv/keeper/llm`;
    const variables = `${backups(lab(), { at, known, key: pair.key })}hxllm_backup_models: true\n`;
    copy.write(VARIABLES, copy.read(VARIABLES) + variables);
    const folder = '/usr/share/ollama/.ollama/models';
    const digest = () =>
      said(`cd ${folder} && find . -type f | sort | xargs sha256sum; stat -c '%U %n' . blobs/*`);
    const done = async (...words: string[]) => {
      const { code, stdout, stderr } = await hxllm(...words, '--limit', HOST);
      expect([words[0], code, code === 0 ? '' : stdout + stderr]).toEqual([words[0], 0, expect.anything()]);
    };
    await done('deploy', '--yes');
    await done('backup');
    const before = digest();
    expect(before).toContain('ollama blobs/');
    said(`systemctl stop ollama; rm -rf ${folder}; systemctl start ollama; sleep 1`);
    // nobody has them any more, and one is in no inventory
    await done('restore', '--yes', '-e', 'ollama_pull_from=http://127.0.0.1:1');
    expect([said(TAGS), digest()]).toEqual(['"name":"phi3:3.8b"\n"name":"qwen3:0.6b"\n', before]);
    expect(said('ls /var/lib/ollama; true')).toBe('');
  });
});

test("somebody else's HAProxy is refused, and nothing is touched on any host", async () => {
  const foreign =
    'frontend shop\n    bind :80\n    default_backend shop\nbackend shop\n    server one 127.0.0.1:8080\n';
  const planted = `mkdir -p /etc/haproxy && cat > /etc/haproxy/haproxy.cfg <<'E'\n${foreign}E\ntouch /run/mark; sleep 0.1`;
  expect(onHost(lab(), GATEWAY, planted).status).toBe(0);
  said('chmod 0777 /etc/hxllm; sleep 0.1; touch /run/mark; sleep 0.1');
  for (const args of [['plan'], ['deploy', '--yes']]) {
    const { code, stdout } = await hxllm(...args);
    expect([args, code]).toEqual([args, 1]);
    expect(stdout).toContain('/etc/haproxy/haproxy.cfg was not written by hxllm');
    expect(stdout).toContain('move what it serves to another host');
  }
  for (const host of [GATEWAY, HOST]) {
    const { stdout } = onHost(
      lab(),
      host,
      'find /etc /opt /usr /var/lib/hxllm -xdev -newer /run/mark 2>/dev/null',
    );
    expect([host, stdout]).toEqual([host, '']);
  }
  expect((await lab().ssh(GATEWAY, 'cat /etc/haproxy/haproxy.cfg')).stdout).toBe(foreign);
});

test('with --adopt it is replaced, kept beside, and the gateway is proven', async () => {
  const planned = await hxllm('plan', '--adopt', '--limit', GATEWAY);
  expect([planned.code, planned.stdout]).toEqual([3, expect.stringContaining('-frontend shop')]);
  const { code, stdout, stderr } = await hxllm('deploy', '--adopt', '--yes', '--limit', GATEWAY);
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  const kept = await lab().ssh(GATEWAY, 'cat /etc/haproxy/haproxy.cfg.before-hxllm');
  expect(kept.stdout).toContain('frontend shop');
  expect((await hxllm('plan', '--limit', GATEWAY)).code).toBe(0);
});
