// Says why a host was not reached or did not let the user in, and what to look at. Pure.
import { HxError, messageOf } from '../errors.js';
import type { Tried } from './auth.js';
import type { Settings } from './config.js';
import type { KeyFile } from './keys.js';

export interface Dial {
  name: string;
  settings: Settings;
  /** How far it got. */
  phase: 'connect' | 'handshake' | 'login';
  timeoutMs: number;
  keys: KeyFile[];
  tried: Tried;
  /** The jump host in front, when there is one. */
  via: string | undefined;
}

/** The error number, also of Node's error for several addresses. */
function codeOf(error: unknown): string | undefined {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: { code?: unknown }[] };
  const found = code ?? errors?.[0]?.code;
  return typeof found === 'string' ? found : undefined;
}

export function failure(error: unknown, dial: Dial): HxError {
  if (error instanceof HxError) return error;
  const text = messageOf(error);
  const level = (error as { level?: string } | undefined)?.level;
  if (level === 'client-authentication' || level === 'agent' || /authentication failures/i.test(text)) {
    return denied(text, dial, error);
  }
  const { name, settings, via } = dial;
  const at = `${settings.host} port ${settings.port}${via ? ` (through ${via})` : ''}`;
  const [message, hint] = reason(codeOf(error), text, at, dial);
  return new HxError({ code: 'unreachable', where: name, message, hint, cause: error });
}

function reason(
  code: string | undefined,
  text: string,
  at: string,
  dial: Dial,
): [message: string, hint: string] {
  const { host, port } = dial.settings;
  const seconds = Math.round(dial.timeoutMs / 100) / 10;
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return [
        `the name ${host} is not found`,
        `set ansible_host to its address, or look at: getent hosts ${host}`,
      ];
    case 'ECONNREFUSED':
      return [
        `${at} refuses the connection`,
        'is sshd running there, and is ansible_port right? On the host: systemctl status ssh',
      ];
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return [
        `no route to ${at}`,
        `is the host up, and this network or VPN right? Look at: ip route get ${host}`,
      ];
    case 'ETIMEDOUT':
      return noAnswer(at, seconds, dial);
  }
  if (dial.via && /Channel open failure/.test(text)) {
    const why = text.replace(/^.*Channel open failure:?\s*/, '');
    return [
      `${dial.via} cannot reach ${host} port ${port}: ${why}`,
      'is AllowTcpForwarding on there, and the address right as seen from it?',
    ];
  }
  const { proxyCommand } = dial.settings;
  if (proxyCommand !== undefined && dial.phase !== 'login') {
    const why = text === 'deadline' ? `no answer within ${seconds} s` : text;
    return [
      `${at} is not reached through the ProxyCommand (${proxyCommand}): ${why}`,
      'is what it goes through up, and does it let you on? It needs a key that asks nothing',
    ];
  }
  if (text === 'deadline') return noAnswer(at, seconds, dial);
  if (dial.phase === 'handshake' || code === 'ECONNRESET') {
    return [
      `${at} ends the connection before the SSH handshake${/^Connection lost|ECONNRESET/.test(text) ? '' : `: ${text}`}`,
      'is it sshd that listens there? Look at its MaxStartups, at fail2ban, and at journalctl -u ssh on the host',
    ];
  }
  return [`${at} cannot be reached: ${text}`, `try: ssh -v -p ${port} ${host}`];
}

function noAnswer(at: string, seconds: number, { phase, settings }: Dial): [message: string, hint: string] {
  if (phase === 'connect') {
    return [
      `no answer from ${at} within ${seconds} s`,
      `is the host up, and no firewall in between? Look at: ping ${settings.host}`,
    ];
  }
  return [
    `${at} accepts the connection, but ${phase === 'handshake' ? 'sends no SSH handshake' : 'does not finish the login'} within ${seconds} s`,
    'is the host overloaded? More time: --timeout',
  ];
}

function denied(text: string, { name, settings, keys, tried }: Dial, cause: unknown): HxError {
  const hints: string[] = [];
  for (const { path, problem } of keys) {
    if (problem === 'encrypted') hints.push(`${path} has a passphrase: ssh-add ${path}`);
    else if (problem === 'missing') hints.push(`${path} does not exist: check ansible_ssh_private_key_file`);
    else if (problem === 'unreadable') hints.push(`${path} cannot be read: check its owner and mode`);
  }
  if (settings.agent === undefined && hints.length > 0) hints.push('no agent runs here: eval "$(ssh-agent)"');
  if (/too many/i.test(text))
    hints.push('the agent offers many keys: set IdentitiesOnly yes for this host in ~/.ssh/config');
  hints.push(`try: ssh -v -p ${settings.port} ${settings.user}@${settings.host}`);
  const list = [...new Set(tried.labels)].join(', ') || 'nothing';
  const takes = tried.offered?.length ? `; it takes ${tried.offered.join(', ')}` : '';
  return new HxError({
    code: 'authentication',
    where: name,
    message: `${settings.host} does not let ${settings.user} in: tried ${list}${takes}`,
    hint: hints,
    cause,
  });
}
