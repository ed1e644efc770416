// What a resource kind is. A kind is one file and one line in index.ts; everything in it is pure.

/** One thing that a host must have. `id` is unique within its kind on a host, e.g. the path of a file. */
export interface Resource<Spec = unknown> {
  kind: string;
  id: string;
  spec: Spec;
  /** Handlers to run once after all changes when this one changed. */
  notify?: readonly Handler[];
  /** What people call it in a plan: default is the id. */
  title?: string;
}

/** Something done once after the changes that asked for it. They run in the order of their `order`. */
export interface Handler {
  id: string;
  title: string;
  /** sh; a non-zero exit fails the host. */
  script: string;
  /** Lower runs first: daemon-reload 0, reload 10, restart 20, wait 30. */
  order: number;
}

export interface Change<Spec = unknown> {
  resource: Resource<Spec>;
  action: 'create' | 'update' | 'remove' | 'run';
  /** One line: what is different, e.g. `mode 0644 → 0600`. Never holds a secret. */
  reasons: string[];
  /** Texts for the diff view; absent when there is nothing readable to show. Masked before they are printed. */
  before?: string;
  after?: string;
  /** Files of the control node that must lie on the host before the apply; additive. */
  uploads?: Upload[];
}

export interface Upload {
  local: string;
  remote: string;
}

export interface Kind<Spec = unknown, Seen = unknown> {
  name: string;
  /** sh that prints facts for all specs with as few forks as possible. Runs as root, must not change anything. */
  probe(resources: Resource<Spec>[]): string;
  /** Parses what `probe` printed: one entry per resource id that exists. Pure. */
  read(section: string, resources: Resource<Spec>[]): Map<string, Seen>;
  /** undefined = nothing to do. Pure. */
  diff(resource: Resource<Spec>, seen: Seen | undefined): Change<Spec> | undefined;
  /** sh (bash) that makes the change; non-zero exit fails the host. May call `progress "text"`. */
  apply(change: Change<Spec>): string;
}
