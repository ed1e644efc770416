// Opens vaults with the passwords of one run, and hands everything that comes out to the masker.
import { HxError, messageOf } from '../../errors.js';
import { type Masker, Secret } from '../../secret.js';
import { type Envelope, labelOf, open, readEnvelope } from './envelope.js';
import type { VaultPassword } from './passwords.js';

export const PASSWORD_HINT =
  'give its password: --vault-password-file FILE, --vault-id LABEL@FILE, ANSIBLE_VAULT_PASSWORD_FILE or vault_password_file in ansible.cfg';

export class Vault {
  readonly #opened = new Map<string, string>();

  constructor(
    readonly passwords: readonly VaultPassword[],
    readonly masker: Masker,
    /** ANSIBLE_VAULT_ID_MATCH: only passwords of the same label are tried. */
    readonly matchLabels = false,
  ) {}

  /** Whether it is worth trying: any password does for a vault without label, else one with that label. */
  hasKeyFor(text: string): boolean {
    const label = labelOf(text);
    if (this.passwords.length === 0) return false;
    // a single password is meant for everything; of several labelled ones none may fit
    const unlabelled = this.passwords.some((password) => password.label === 'default');
    return label === undefined || unlabelled || this.passwords.some((password) => password.label === label);
  }

  /** The plaintext. Throws HxError `vault` with the place. */
  open(text: string, where: string): string {
    const known = this.#opened.get(text);
    if (known !== undefined) return known;
    if (this.passwords.length === 0)
      throw new HxError({
        code: 'vault',
        message: 'is encrypted and no vault password is given',
        where,
        hint: PASSWORD_HINT,
      });
    const envelope = envelopeOf(text, where);
    const plaintext = this.#match(envelope)?.plaintext;
    if (plaintext === undefined) {
      const label = envelope.label ? ` (vault id ${envelope.label})` : '';
      const tried = this.passwords.map((password) => password.source).join(', ');
      throw new HxError({
        code: 'vault',
        message: `wrong vault password${label}; tried ${tried}`,
        where,
        hint: PASSWORD_HINT,
      });
    }
    this.#opened.set(text, plaintext);
    return plaintext;
  }

  /** The plaintext of an inline `!vault` as a Secret. */
  openSecret(text: string, where: string): Secret {
    return this.keep(this.open(text, where));
  }

  keep(plaintext: string): Secret {
    const secret = new Secret(plaintext);
    this.masker.add(secret);
    return secret;
  }

  /** The password that opens a vault. Throws HxError `vault` when none does. */
  passwordOf(text: string, where: string): VaultPassword {
    this.open(text, where);
    return this.#match(envelopeOf(text, where))!.password;
  }

  #match(envelope: Envelope): { password: VaultPassword; plaintext: string } | undefined {
    // those of the same label first; the others too, as Ansible does
    const same = this.passwords.filter((p) => p.label === (envelope.label ?? 'default'));
    const others = this.matchLabels && envelope.label ? [] : this.passwords.filter((p) => !same.includes(p));
    for (const password of [...same, ...others]) {
      const plaintext = open(envelope, password.read().reveal());
      if (plaintext !== undefined) return { password, plaintext };
    }
    return undefined;
  }
}

function envelopeOf(text: string, where: string): Envelope {
  try {
    return readEnvelope(text);
  } catch (error) {
    throw new HxError({ code: 'vault', message: messageOf(error), where });
  }
}
