// The stream under a connection: TCP without Nagle, or the user's ProxyCommand.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import type { Settings } from './config.js';

/** Resolves when the stream is open. */
export function openSocket(settings: Settings, signal: AbortSignal): Promise<Duplex> {
  return settings.proxyCommand === undefined
    ? tcp(settings, signal)
    : Promise.resolve(proxied(settings.proxyCommand, signal));
}

function tcp({ host, port, family, bindAddress }: Settings, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      family,
      // ssh2 leaves Nagle on (docs/traps.md, ssh)
      noDelay: true,
      // Node gives each of several addresses 250 ms only, too short for far hosts (nodejs/node#54359)
      autoSelectFamilyAttemptTimeout: 3000,
      ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
    });
    const stop = () => {
      socket.destroy();
      reject(signal.reason);
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    // stays: an error between here and ssh2's own listener must not end the process
    socket.on('error', (error) => {
      signal.removeEventListener('abort', stop);
      reject(error);
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', stop);
      resolve(socket);
    });
  });
}

function proxied(command: string, signal: AbortSignal): Duplex {
  // as OpenSSH: the user's shell runs it, exec'd so that killing it kills the proxy
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const duplex = new Duplex({
    read: () => child.stdout.resume(),
    write: (chunk, _encoding, done) => {
      if (child.stdin.write(chunk)) done();
      else child.stdin.once('drain', done);
    },
    final: (done) => child.stdin.end(done),
    destroy: (error, done) => {
      child.kill();
      done(error);
    },
  });
  duplex.on('error', () => {}); // until ssh2 listens; it is kept in `errored`
  child.stdin.on('error', () => {}); // EPIPE: its exit tells more
  child.stdout.on('data', (chunk) => {
    if (!duplex.push(chunk)) child.stdout.pause();
  });
  child.on('error', (error) => duplex.destroy(error));
  child.on('close', (code) => {
    // ssh says why in the line before its last one
    const why = said.trim().split(/\s*\n/).slice(-2).join('; ');
    if (code) duplex.destroy(new Error(`ProxyCommand ended with ${code}${why ? `: ${why}` : ''}`));
    else duplex.push(null);
  });
  signal.addEventListener('abort', () => duplex.destroy(), { once: true });
  return duplex;
}
