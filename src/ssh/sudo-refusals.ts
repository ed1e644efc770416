// Why sudo did not let the user become root, and what to do about it. Pure.
import { HxError } from '../errors.js';

const REFUSALS: [pattern: RegExp, message: (user: string) => string, hint: string][] = [
  [
    /not in the sudoers file|may not run sudo|is not allowed to|I'm afraid I can't do that/i,
    (user) => `${user} may not use sudo`,
    'on the host, as root: usermod -aG sudo USER; or log in as root: ansible_user: root',
  ],
  [
    /must have a tty|requiretty/i,
    (user) => `sudo wants a terminal for ${user} (requiretty)`,
    'on the host, in visudo: Defaults:USER !requiretty',
  ],
  [
    /sudo.*(?:command )?not found|sudo.*No such file/i,
    () => 'sudo is not installed',
    'on the host, as root: apt-get install sudo; or log in as root: ansible_user: root',
  ],
  [
    /password is required|no password was provided|terminal is required/i,
    (user) => `sudo asks ${user} for a password in its own way`,
    'give it with -K (--ask-become-pass), or allow NOPASSWD on the host',
  ],
];

/** sudo ended before the script could start. */
export function sudoRefusal(name: string, user: string, said: string, code: number | null): HxError {
  for (const [pattern, message, hint] of REFUSALS) {
    if (!pattern.test(said)) continue;
    return new HxError({
      code: 'sudo',
      where: name,
      message: message(user),
      hint: hint.replaceAll('USER', user),
    });
  }
  const last = said.split('\n').filter(Boolean).at(-1);
  return new HxError({
    code: 'sudo',
    where: name,
    message: `sudo did not let ${user} become root (exit code ${code}): ${last ?? 'it said nothing'}`,
    hint: `look on the host: sudo -l -U ${user}`,
  });
}

/** sudo neither opened nor ended: usually it asks for something else than the password. */
export function sudoSilent(name: string, said: string): HxError {
  return new HxError({
    code: 'sudo',
    where: name,
    message: `sudo did not answer in time: ${said.split('\n').at(-1) || 'it said nothing'}`,
    hint: 'hxllm can give sudo a password, nothing else: allow NOPASSWD on the host, or log in as root',
  });
}

export function passwordMissing(name: string, user: string): HxError {
  return new HxError({
    code: 'sudo',
    where: name,
    message: `sudo asks ${user} for a password, and none is known`,
    hint: 'give it with -K (--ask-become-pass), or set ansible_become_password in the vault',
  });
}

export function passwordWrong(name: string, user: string): HxError {
  return new HxError({
    code: 'sudo',
    where: name,
    message: `wrong sudo password for ${user}`,
    hint: 'check ansible_become_password, or give it with -K (--ask-become-pass)',
  });
}
