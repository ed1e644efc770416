// What a check is: one proof, one file. A host check is a piece of the one script that a host runs; a stack check speaks to a gateway as its clients do.
import type { Finding } from '../finding.js';
import type { GatewayHost, Member, Stack } from '../stack/stack.js';

export type Result = Pick<Finding, 'message'> &
  Partial<Pick<Finding, 'hint' | 'data' | 'subject' | 'blames' | 'fix'>> & {
    status: 'pass' | 'warn' | 'fail' | 'skip';
  };

export type RoleHost = Member;

export interface Common {
  /** The file's name, and what --only and --skip take. */
  id: string;
  /** What is true when it passes. */
  title: string;
  /** What mends it when the result does not say better; HOST stands for the host's name. */
  hint: string;
}

/** Asked on each host of its role, all in one script per host. */
export interface HostCheck<Host extends RoleHost = RoleHost> extends Common {
  /**
   * `any`: gateways and backends. A web UI may be somebody else's: it has checks of its own. `every`: a web UI, too.
   * `machine`: asked once of each host, whatever its roles.
   */
  role: Host['role'] | 'any' | 'every' | 'machine';
  /** Fast and without effect on anybody: rides on the probe of a deploy. */
  probe?: true;
  /** Leaves a trace on the host: only when it is asked for. */
  deep?: true;
  /** Looks for a cause, not for a proof: only `doctor` asks, or who names it. */
  doctor?: true;
  /** Seconds after which it has ended by itself. Default 30. */
  seconds?(host: Host): number;
  /** sh that prints what `judge` reads; ends in any case with 0. Must not change anything. */
  script(host: Host, stack: Stack): string;
  /** Pure. What it throws becomes a failure. */
  judge(output: string, host: Host, stack: Stack): Result | Result[];
}

/** How a stack check reaches a gateway. */
export interface Access {
  /** Without /v1: `litellm_base_url`, or a tunnel's end. */
  url: string;
  /** `nothing`: neither from here nor through SSH. */
  through: 'direct' | 'tunnel' | 'nothing';
  /** Why `litellm_base_url` was not reached from here; undefined = it was. */
  why?: string;
  signal: AbortSignal;
  /** Keeps what was asked and answered for the evidence folder. */
  fetch: typeof fetch;
  /** Clients of web UIs through which a chat has just been made. */
  asked?: readonly string[];
  /** Runs sh on the gateway's host, as root; gives what it printed. */
  run?(script: string): Promise<string>;
}

/** Asked once per gateway, from the control node. */
export interface StackCheck extends Common {
  run(gateway: GatewayHost, access: Access): Promise<Result | Result[]>;
}

export const isHostCheck = (check: HostCheck | StackCheck): check is HostCheck => 'script' in check;

/** One result out of a list of what is wrong: fail, or what was seen. */
export function verdict(wrong: readonly string[], seen: string, rest: Partial<Result> = {}): Result {
  return wrong.length > 0
    ? { ...rest, status: 'fail', message: wrong.join('; ') }
    : { ...rest, status: 'pass', message: seen };
}
