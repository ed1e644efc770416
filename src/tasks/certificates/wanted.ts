// Which certificates a stack uses, for which names, and where those of hxllm's own authority lie.

import type { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import type { Inventory } from '../../inventory/types.js';
import {
  type Certificate,
  type CertificateVariables,
  GATEWAY_TLS,
  WEBUI_TLS,
} from '../../stack/certificate.js';
import { hostOf } from '../../stack/places.js';
import { stackOf } from '../../stack/read.js';
import type { GatewayHost, WebuiHost } from '../../stack/stack.js';
import { type Fleet, fleetOf } from '../fleet.js';

export const AUTHORITY = 'hxllm_ca_certificate';
export const AUTHORITY_KEY = 'vault_hxllm_ca_key';

export interface Wanted {
  variables: CertificateVariables;
  /** Where its key is written. */
  keyVariable: string;
  file: string;
  /** What clients call its hosts: names and addresses. */
  names: string[];
  /** What the inventory has now. */
  own: Certificate | undefined;
  /** The file that the inventory names now. */
  named: string | undefined;
}

/** Every host, whatever is wrong with certificates: that is what is mended here. */
export function fleetToMend(inventory: Inventory): Fleet {
  const certificates = [GATEWAY_TLS, WEBUI_TLS].flatMap((v) => [v.certificate, v.key]);
  const stack = stackOf(inventory, ({ variable }) => certificates.includes(variable));
  return fleetOf(inventory, { limit: undefined }, undefined, stack);
}

/** Beside the variables that name them: a file there is neither an inventory nor variables, for Ansible too. */
const FOLDER = 'group_vars/all/certificates';

function folderOf({ inventory }: Fleet): string {
  const [source = ''] = inventory.sources;
  return resolve(statSync(source).isDirectory() ? source : dirname(source));
}

export const authorityFile = (fleet: Fleet) => join(folderOf(fleet), FOLDER, 'ca.pem');

/** By inventory_dir, where all hosts have it there: the folder may then be moved or checked out elsewhere. */
export function asWritten(fleet: Fleet, file: string): string {
  const folder = folderOf(fleet);
  const isSame = fleet.hosts.every(({ host }) => host.get('inventory_dir') === folder);
  return isSame ? `{{ inventory_dir }}${file.slice(folder.length)}` : file;
}

export function wantedOf(fleet: Fleet): Wanted[] {
  const { gateways, webuis } = fleet.stack;
  const wanted = (
    variables: CertificateVariables,
    id: string,
    hosts: (GatewayHost | WebuiHost)[],
  ): Wanted => ({
    variables,
    keyVariable: `vault_${variables.key}`,
    file: join(folderOf(fleet), FOLDER, `${id}.pem`),
    names: [...new Set(hosts.flatMap(namesOf))],
    own: hosts.find((h) => h.certificate)?.certificate,
    named: hosts.map(({ vars }) => vars[variables.certificate] as string | undefined).find(Boolean),
  });
  return [
    wanted(GATEWAY_TLS, 'litellm', gateways),
    ...(webuis.length > 0 ? [wanted(WEBUI_TLS, 'open-webui', webuis)] : []),
  ];
}

function namesOf(member: GatewayHost | WebuiHost): string[] {
  const url = member.role === 'gateway' ? member.baseUrl : member.url;
  const address = member.host.get('ansible_host');
  return [
    hostOf(url),
    member.name,
    ...(isIP(member.name) ? [] : [member.name.split('.')[0] as string]),
    ...(typeof address === 'string' ? [address] : []),
  ];
}

/** Names that a certificate does not have. */
export function missingNames(certificate: X509Certificate, names: readonly string[]): string[] {
  return names.filter((name) => !(isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)));
}
