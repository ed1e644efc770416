// What a resource kind is. A kind is one file and one line in index.ts; everything in it is pure.
import type { Wanted } from './content.js';

/** One thing that a host must have. `id` is unique within its kind on a host, e.g. the path of a file. */
export interface Resource<Spec = unknown> {
  kind: string;
  id: string;
  spec: Spec;
  /** Only adds, and stays whatever becomes of the change: made before the undo is armed, as those of phase `stage`. */
  early?: true;
  /** Handlers to run once after all changes when this one changed. */
  notify?: readonly Handler[];
  /** Wanted only where this holds. */
  when?: When;
  /** Must not be there: what hxllm put there goes. */
  gone?: true;
  /** What people would miss: it goes with its role only when they say so. */
  data?: true;
}

/** A condition on what the host's other facts say. */
export interface When {
  /** Whose facts it looks at. */
  kind: string;
  id: string;
  /** What it says, in words. */
  name: string;
  holds(seen: unknown): boolean;
}

/** Something done once after the changes that asked for it, in the order of `order`. */
export interface Handler {
  id: string;
  /** bash; a non-zero exit fails the host. May call `prove name` and wait there for the controller's word. */
  script: string;
  /**
   * Lower runs first: 0 daemon-reload (before services start), 10 reload, 20 restart, 30 what may go only then, 40 what
   * may go only when all is proven: it is not undone.
   */
  order: number;
  /** The unit that it restarts: left out when the unit is started in the same run. */
  unit?: string;
  /** bash that makes good what it did, once the files are as they were: with the host running, never at boot. */
  undo?: string;
  /** Seconds that it may take at the most: the host undoes the change by itself after that. */
  budget?: number;
}

/** One text for the diff view. Masked before it is printed. */
export interface Text {
  path: string;
  before: string;
  after: string;
}

export interface Change<Spec = unknown> {
  resource: Resource<Spec>;
  action: 'create' | 'update' | 'remove' | 'run';
  /** What people read: `file /etc/litellm/config.yaml`. */
  title: string;
  /** What is different, e.g. `mode 0644 → 0600`. Never holds a secret. */
  reasons: string[];
  texts?: Text[];
  /** Files of the control node that must lie on the host before the apply; additive. */
  uploads?: Upload[];
  /** Bytes that it will take on the file system of `path`. */
  needs?: { path: string; bytes: number };
  /** Handlers of this change alone, besides those of its resource. */
  follow?: Handler[];
  /** Stops the host before anything is touched. */
  refused?: Refusal;
}

/** Why something must not be done, and what to do instead. */
export interface Refusal {
  message: string;
  hint: string;
  /** Done all the same for a person who says so: `--adopt`. */
  mayAdopt?: true;
}

export interface Upload {
  local: string;
  remote: string;
  sha256: string;
}

export interface Kind<Spec = unknown, Seen = unknown> {
  name: string;
  /**
   * `stage` only adds and may take any time: it is done before the undo is armed. `service` runs after daemon-reload,
   * `after` when all is proven: models are pulled through a running Ollama.
   */
  phase?: 'stage' | 'service' | 'after';
  /** Debian packages that `apply` works with: where they are there, it is done while others are being installed. */
  packages?: readonly string[];
  /** Those that a change of it installs. */
  installs?(change: Change<Spec>): readonly string[];
  /** Of phase `stage`: nothing waits for it but the end of the run. */
  lasting?: true;
  /** Files that it wants to know of: those of all kinds are looked at in one go, and `read` gets what is said of its own first. */
  files?(resources: readonly Resource<Spec>[]): readonly Wanted[];
  /** sh that prints further facts for all specs with as few forks as possible. Runs as root, must not change anything. */
  probe?(resources: readonly Resource<Spec>[]): string;
  /** Parses what was printed: one entry per resource id that is there. Pure; throws when something could not be read. */
  read(section: string, resources: readonly Resource<Spec>[]): Map<string, Seen>;
  /** undefined = nothing to do. Pure. */
  diff(resource: Resource<Spec>, seen: Seen | undefined): Change<Spec> | undefined;
  /**
   * What a resource that must be gone asks for; undefined = nothing of hxllm's is there. Pure. A kind without it has
   * nothing to take away: it only looks, or goes with what holds it.
   */
  remove?(resource: Resource<Spec>, seen: Seen | undefined): Change<Spec> | undefined;
  /** bash that makes the change; a non-zero exit fails the host. May call `progress text` and use `$ID`, the run's id. */
  apply(change: Change<Spec>): string;
  /** bash that gets ready what `apply` needs and may take any time, such as a download: before the undo is armed. */
  stage?(change: Change<Spec>): string;
  /** Paths that are kept as they were until the change is proven, and put back when it is not. */
  saves?(change: Change<Spec>): string[];
  /** bash that makes good what `apply` did besides those paths, with the host running. */
  undo?(change: Change<Spec>): string;
}
