# What ansible-core itself makes of inventories: a case as a line of JSON in, its answer as a line of JSON out.
import json
import math
import os
import signal
import sys

# nothing of this machine's configuration
os.environ.update(HOME="/nonexistent", ANSIBLE_HOME="/tmp/.ansible", ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true",
                  ANSIBLE_INVENTORY_UNPARSED_FAILED="true", ANSIBLE_DEPRECATION_WARNINGS="false")
os.chdir("/")

from ansible.inventory.group import Group  # noqa: E402
from ansible.inventory.manager import InventoryManager  # noqa: E402
from ansible.parsing.dataloader import DataLoader  # noqa: E402
from ansible.parsing.vault import FileVaultSecret  # noqa: E402
from ansible.template import Templar  # noqa: E402
from ansible.vars.hostvars import HostVars  # noqa: E402
from ansible.vars.manager import VariableManager  # noqa: E402

try:
    from ansible.parsing.vault import VaultSecretsContext  # noqa: E402
except ImportError:  # before 2.19 the loader is enough
    VaultSecretsContext = None

MAGIC = {"groups", "hostvars", "omit", "playbook_dir", "inventory_hostname", "inventory_hostname_short",
         "group_names", "ansible_playbook_python", "ansible_config_file", "ansible_version", "ansible_run_tags",
         "ansible_facts", "ansible_check_mode", "ansible_diff_mode", "ansible_forks", "ansible_inventory_sources",
         "ansible_skip_tags", "ansible_verbosity", "ansible_limit", "ansible_local"}


def walk(self, rel, include_self=False, preserve_ordering=False):
    """Level by level as Ansible does, but groups of one level in their order: Ansible keeps them in a set."""
    ordered = [self] if include_self else []
    ordered += getattr(self, rel)
    level = list(dict.fromkeys(ordered))
    seen = set(level)
    while level:
        below = dict.fromkeys(new for group in level for new in getattr(group, rel))
        level = [group for group in below if group not in seen]
        ordered += level
        seen.update(level)
    return ordered if preserve_ordering else seen


Group._walk_relationship = walk


def plain(value):
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    return str(value)


class TooLong(BaseException):
    """No Exception, which Ansible would catch."""


def too_long(*_):
    raise TooLong("no answer in 3 s")


# variables that refer to each other twice are followed until Python stops, in both directions at each step
# (in its own time: another's may stand still)
signal.signal(signal.SIGPROF, too_long)


def attempt(ask):
    try:
        return {"value": ask()}
    except (Exception, TooLong) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def soon(ask):
    signal.setitimer(signal.ITIMER_PROF, 3)
    try:
        return ask()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def read(case):
    folder = case["folder"]
    os.chdir(folder)
    loader = DataLoader()
    secrets = []
    for label, file in case["passwords"]:
        secret = FileVaultSecret(filename=os.path.join(folder, file), loader=loader)
        secret.load()
        secrets.append((label, secret))
    loader.set_vault_secrets(secrets)
    if VaultSecretsContext:
        VaultSecretsContext._current = VaultSecretsContext(secrets=secrets)
    # a list of hosts has no place
    sources = [s if "," in s else os.path.join(folder, s) for s in case["sources"]]
    inventory = InventoryManager(loader=loader, sources=sources)
    # plays have a folder of their own, which says nothing here
    os.chdir("/")
    loader.set_basedir("/nonexistent")
    manager = VariableManager(loader=loader, inventory=inventory)
    HostVars(inventory=inventory, variable_manager=manager, loader=loader)
    os.chdir(folder)
    return {
        "groups": {g.name: {"hosts": [h.name for h in g.hosts], "children": [c.name for c in g.child_groups],
                            "members": [h.name for h in g.get_hosts()]} for g in inventory.groups.values()},
        "hosts": {h.name: attempt(lambda: of_host(h, manager, loader)) for h in inventory.hosts.values()},
        "patterns": {p: attempt(lambda: limited(inventory, p)) for p in case["patterns"]},
    }


def of_host(host, manager, loader):
    variables = manager.get_vars(host=host)
    templar = Templar(loader=loader, variables=variables)
    own = {k: attempt(lambda: soon(lambda: plain(templar.template(v)))) for k, v in variables.items()
           if k not in MAGIC and not (k == "inventory_dir" and str(v) == "None")}
    return {"groups": plain(variables["group_names"]), "variables": own}


def limited(inventory, pattern):
    inventory.clear_pattern_cache()
    inventory._hosts_patterns_cache = {}
    inventory.subset(pattern)
    return [h.name for h in inventory.get_hosts() if not h.implicit]


# what Ansible wants to tell a person is not an answer
answers = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
os.dup2(1, 2)

for line in sys.stdin:
    try:
        answer = read(json.loads(line))
    except Exception as error:
        answer = {"refused": f"{type(error).__name__}: {error}"}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
