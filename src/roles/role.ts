// What a role is: what a host is for, as variables and resources.
import type { Resource } from '../resources/kind.js';
import type { Member, Stack } from '../stack/stack.js';
import type { Variable } from '../stack/variable.js';

export type RoleName = 'gateway' | 'backend' | 'webui';

export interface Role {
  name: RoleName;
  title: string;
  doc: string;
  /** Variable that names its group. */
  group: string;
  variables: readonly Variable[];
  /** Units of the role, the way `systemctl status` names them. */
  units: readonly string[];
  /** Files of hxllm's by which it is known to be on a host. */
  signs: readonly string[];
  /** Its hosts in a stack. */
  hosts(stack: Stack): Member[];
  /** Everything that one of its hosts must have. Pure. */
  resources(host: Member): Resource[];
}
