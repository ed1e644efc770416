// The proofs in the middle of a change: what was started must do what clients will ask of it, before they meet it.
import { auth } from '../checks/auth.js';
import { certificate } from '../checks/certificate.js';
import type { Access, HostCheck, StackCheck } from '../checks/check.js';
import { clientKeys } from '../checks/client-keys.js';
import { completions } from '../checks/completions.js';
import { embeddings } from '../checks/embeddings.js';
import { exposure } from '../checks/exposure.js';
import { modelList } from '../checks/model-list.js';
import { models } from '../checks/models.js';
import { judgePieces, PROBE_CHECKS, piecesOf } from '../checks/pieces.js';
import { stream } from '../checks/stream.js';
import { webuiChat } from '../checks/webui-chat.js';
import { webuiGateway } from '../checks/webui-gateway.js';
import { webuiModels } from '../checks/webui-models.js';
import { probeScript, readFacts } from '../engine/facts.js';
import { HxError, messageOf } from '../errors.js';
import type { Finding } from '../finding.js';
import { poll } from '../retry.js';
import type { Run } from '../run.js';
import { listModels } from '../services/litellm.js';
import { LITELLM_PORT, STANDBY_PORT } from '../stack/places.js';
import type { GatewayHost, Stack } from '../stack/stack.js';
import { addressOf, fetchOf, tunnelUrl } from './access.js';
import { checkStack } from './checking.js';
import type { FleetHost } from './fleet.js';
import { shutOut } from './shut-out.js';

/** What a model does: one that was dead before is no reason to undo a change. */
const ANSWERS: readonly StackCheck[] = [completions, embeddings, stream];
const RELEASE: readonly StackCheck[] = [auth, clientKeys, modelList, ...ANSWERS];

/** What people will do with a web UI. */
const WEBUI: readonly HostCheck[] = [webuiGateway, webuiModels, webuiChat].map((c) => c as HostCheck);

const SETTLE_MS = 15_000;

/** The proofs of one host's change, in the order in which the host asks for them. */
export class Proof {
  /** What failed before the change too: reported, but no reason to undo. */
  #dead: ReadonlySet<string> | undefined;

  constructor(
    private readonly entry: FleetHost,
    private readonly stack: Stack,
    private readonly run: Run,
    /** Nothing new is started: what the running release does not do either is no reason to undo. */
    private readonly isSame = false,
    /** The hosts of the run, when the filter changes: gateways among them must still get in. */
    private readonly others: readonly FleetHost[] = [],
  ) {}

  /** Throws HxError `check` with what failed. */
  async prove(name: string): Promise<void> {
    const gateway = this.entry.members.find((m): m is GatewayHost => m.role === 'gateway');
    if (name === 'host') {
      await this.#host();
      if (gateway) await this.#release(gateway, gateway.bindPort, [...RELEASE, exposure, certificate]);
    } else if (gateway)
      await this.#release(
        gateway,
        name === 'standby' ? STANDBY_PORT : LITELLM_PORT,
        RELEASE,
        name === 'standby',
      );
  }

  async #release(
    gateway: GatewayHost,
    port: number,
    checks: readonly StackCheck[],
    mayCompare = false,
  ): Promise<void> {
    const bad = await this.#failures(gateway, port, checks);
    if (bad.length > 0 && mayCompare) this.#dead = await this.#compared(gateway, bad);
    const left = bad.filter((f) => !this.#dead?.has(keyOf(f)));
    if (left.length > 0) refuse(left);
  }

  /** Throws what failed, too, when the running release cannot be asked. */
  async #compared(gateway: GatewayHost, bad: readonly Finding[]): Promise<ReadonlySet<string>> {
    try {
      return await this.#deadBefore(gateway, bad);
    } catch (error) {
      this.run.signal.throwIfAborted();
      return refuse(bad, `and it could not be compared with the running release: ${messageOf(error)}`);
    }
  }

  /** Of what failed, what fails with the running release too; of a new release only for models that the old one offers. */
  async #deadBefore(gateway: GatewayHost, bad: readonly Finding[]): Promise<ReadonlySet<string>> {
    if (this.isSame) {
      const failed = [...RELEASE, exposure].filter((check) => bad.some((f) => f.check === check.id));
      return new Set((await this.#failures(gateway, gateway.bindPort, failed)).map(keyOf));
    }
    const offered = await this.#through(
      gateway,
      gateway.bindPort,
      async ({ url, signal }) => new Set(await listModels({ url, signal, key: gateway.masterKey })),
    );
    const asked = ANSWERS.filter((check) =>
      bad.some((f) => f.check === check.id && offered.has(f.subject ?? '')),
    );
    return new Set(
      (await this.#failures(gateway, gateway.bindPort, asked))
        .filter((f) => offered.has(f.subject ?? ''))
        .map(keyOf),
    );
  }

  async #failures(gateway: GatewayHost, port: number, checks: readonly StackCheck[]): Promise<Finding[]> {
    return this.#through(gateway, port, async (access) => {
      const findings: Finding[] = [];
      for (const check of checks) findings.push(...(await checkStack(check, gateway, access)));
      return findings.filter((f) => f.status === 'fail');
    });
  }

  async #through<T>(gateway: GatewayHost, port: number, work: (access: Access) => Promise<T>): Promise<T> {
    const { session } = this.entry;
    if (!session) throw new Error('a proof without a session');
    const isOuter = port === gateway.bindPort;
    const tunnel = await session.tunnel(isOuter ? addressOf(gateway) : '127.0.0.1', port);
    try {
      return await work({
        url: isOuter ? tunnelUrl(gateway, tunnel) : `http://127.0.0.1:${tunnel.port}`,
        through: 'tunnel',
        signal: this.run.signal,
        fetch: isOuter ? fetchOf(gateway) : fetch,
      });
    } finally {
      tunnel.close();
    }
  }

  /** HAProxy takes some checks of its own to see what was just started: what is wrong must stay wrong. */
  async #host(): Promise<void> {
    const { session, name, members } = this.entry;
    const checks = [...PROBE_CHECKS.filter((check) => check !== models), ...WEBUI];
    const pieces = piecesOf(members, this.stack, checks);
    const { signal } = this.run;
    let failed: Finding[] = [];
    const settled = async () => {
      const { stdout } = (await session?.run(probeScript([], pieces), { signal })) ?? { stdout: '' };
      const findings = judgePieces(pieces, readFacts(name, stdout, []).extra, this.stack);
      // that a backend is away is not this host's doing: it is told afterwards
      failed = findings.filter((f) => f.status === 'fail' && !f.blames?.length);
      return failed.length === 0 || undefined;
    };
    await poll(settled, { timeoutMs: SETTLE_MS, everyMs: 1000, signal });
    if (failed.length > 0) refuse(failed);
    const lost = await shutOut(this.entry, this.others, signal);
    if (lost.length > 0)
      refuse(
        [],
        `the filter refuses ${lost.join(', ')}, not coming from the address that its host says: name that one in ollama_allowed_networks`,
      );
  }
}

const keyOf = ({ check, subject }: Finding) => `${check} ${subject ?? ''}`;

function refuse(failed: readonly Finding[], more?: string): never {
  const lines = failed.map(
    ({ check, subject, message }) => `${check}: ${subject ? `${subject}: ` : ''}${message}`,
  );
  if (more) lines.push(more);
  throw new HxError({ code: 'check', message: `the proof failed\n${lines.join('\n')}` });
}
