// What a command hands to its task list: everything of one run that is not the work itself. Types only.
import type { Masker, Secret } from './secret.js';

/** How progress is shown: a live list on a terminal, one plain line per event elsewhere, nothing with --json. */
export type Mode = 'live' | 'plain' | 'silent';

export interface Run {
  masker: Masker;
  /** Aborted by SIGINT, SIGTERM and SIGHUP; tasks stop, hosts are left safe, the exit code is 130. */
  signal: AbortSignal;
  mode: Mode;
  /** Prints scripts sent and replies got to stderr, masked; undefined without -v. */
  trace: ((line: string) => void) | undefined;
  /** `--limit`, in Ansible's grammar. */
  limit: string | undefined;
  /** Hosts worked on at once. */
  parallel: number;
  /** For the connection to one host. */
  timeoutMs: number;
  /** Asked with -K; the inventory's ansible_become_password goes before it. */
  becomePassword: Secret | undefined;
  /** `2` or `25%`: hosts per batch; undefined = all backends at once, gateways one at a time. */
  serial: string | undefined;
  lockWaitMs: number;
  /** Do not ask. */
  yes: boolean;
}
