// What a check is: one proof, one file. A host check is a piece of the one script that a host runs; a stack check speaks to the stack from outside.
import type { Session } from '../ssh/types.js';
import type { GatewayHost, BackendHost, Stack } from '../stack/stack.js';

export type Status = 'pass' | 'fail' | 'warn' | 'skip';

export interface Finding {
  check: string;
  title: string;
  /** Host name, or `stack`. */
  host: string;
  status: Status;
  /** What was seen, with figures; never a secret. */
  message: string;
  /** What mends it, best as a command. Present when status is fail or warn. */
  hint?: string;
  /** Figures for --json and the evidence folder. */
  data?: Record<string, unknown>;
  tookMs?: number;
}

export type Result = Pick<Finding, 'status' | 'message'> & Partial<Pick<Finding, 'hint' | 'data' | 'host'>>;

export type RoleHost = GatewayHost | BackendHost;

/** Asked on each host of its role, all in one script per host. */
export interface HostCheck {
  id: string;
  title: string;
  role: RoleHost['role'] | 'any';
  /** Default hint of a failure. */
  hint: string;
  /** sh that prints what `judge` reads. Must not change anything and must end by itself within 30 s. */
  script(host: RoleHost, stack: Stack): string;
  /** Pure. */
  judge(output: string, host: RoleHost, stack: Stack): Result | Result[];
}

/** How a stack check reaches the stack. */
export interface Reach {
  /** Base URL of the gateway as seen from the control node (a tunnel's when the real one cannot be reached), without /v1. */
  gatewayUrl(gateway: GatewayHost): string;
  /** The session of a host, when it is among the limited hosts and reached. */
  session(host: string): Session | undefined;
  signal?: AbortSignal;
}

/** Speaks to the gateways from the control node: curl-like requests and real completions. */
export interface StackCheck {
  id: string;
  title: string;
  hint: string;
  run(stack: Stack, reach: Reach): Promise<Result[]>;
}

export type Check = ({ on: 'host' } & HostCheck) | ({ on: 'stack' } & StackCheck);
