// What a check found, for tables, --json, JUnit and the evidence folder. Types only.

/** `unreached` is neither: the host was not asked. */
export type Status = 'pass' | 'warn' | 'fail' | 'skip' | 'unreached';

export interface Finding {
  /** The check's id. */
  check: string;
  title: string;
  /** Name in the inventory. */
  host: string;
  /** What exactly was checked, when a check looks at several things: `phi3-3.8b on hx-llm01-server`. */
  subject?: string;
  status: Status;
  /** What was seen, with figures; never a secret. */
  message: string;
  /** What mends it, best as a command. Present when the status is neither pass nor skip. */
  hint?: string;
  /** sh that mends it without harm to anybody, run by `doctor --fix`; `title` says what it does. */
  fix?: { title: string; script: string };
  /** Backends whose absence alone explains a failure, by their short names. */
  blames?: string[];
  /** Figures for --json and the evidence folder. */
  data?: Record<string, unknown>;
}
