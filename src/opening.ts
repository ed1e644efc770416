// A port that a host's filter guards, and who may come there. Types only.

export interface Opening {
  port: number;
  /** The variable that sets the port. */
  of: string;
  /** The variable that names further networks, and what it says. */
  variable: string;
  networks: readonly string[];
  /** Hosts of the inventory that must come. */
  hosts: readonly Coming[];
  /** The unit of the Open WebUI behind it: one that somebody else installed is not served there. */
  webui?: string;
}

export interface Coming {
  name: string;
  /** It need not come any more: who is let in stays in, a gateway serves from there until it is changed itself. */
  stays?: true;
  /** Names and addresses that it goes to. */
  to: readonly string[];
  /** Where it comes from, when it said so. */
  from?: readonly string[];
}
