// What the peers are told to check: the resources that hxllm reads on a host of each group.

export type Group = 'llm' | 'litellm';

interface Wanted {
  packages: string[];
  user: string;
  directories: string[];
  installed: string;
  files: { path: string; mode: string; group: string }[];
  services: string[];
  health: string;
}

const file = (path: string, mode = '0644', group = 'root') => ({ path, mode, group });
const recover = file('/etc/systemd/system/hxllm-recover.service');

export const WANT: Record<Group, Wanted> = {
  llm: {
    packages: ['curl', 'ca-certificates'],
    user: 'ollama',
    directories: ['/etc/hxllm'],
    installed: '/usr/local/bin/ollama',
    files: [recover, file('/etc/hxllm/ollama.env', '0600'), file('/etc/systemd/system/ollama.service')],
    services: ['ollama'],
    health: 'http://127.0.0.1:11434/api/tags',
  },
  litellm: {
    packages: ['ca-certificates', 'curl', 'haproxy', 'jq', 'python3', 'python3-venv', 'socat'],
    user: 'litellm',
    directories: ['/etc/litellm', '/etc/litellm/releases', '/opt/litellm', '/opt/litellm/venvs'],
    installed: '/etc/litellm/current/venv/.hxllm-complete',
    files: [
      recover,
      file('/etc/litellm/internal.env', '0600'),
      file('/etc/litellm/keys.json', '0640', 'litellm'),
      file('/etc/litellm/current/config.yaml', '0640', 'litellm'),
      file('/etc/litellm/current/custom_auth.py', '0640', 'litellm'),
      file('/etc/litellm/current/litellm.env', '0600'),
      file('/etc/systemd/system/litellm.service'),
      file('/etc/systemd/system/litellm-standby.service'),
      file('/etc/systemd/system/haproxy.service.d/hxllm.conf'),
      file('/etc/haproxy/haproxy.cfg'),
      file('/etc/haproxy/clients.map'),
    ],
    services: ['litellm', 'haproxy'],
    health: 'http://127.0.0.1:4401/health/readiness',
  },
};
