# Makes cases/*/expected.json with ansible-core (2.19) itself: python3 oracle.py. The tests read only its output.
import json
import os
import sys

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import FileVaultSecret, VaultSecretsContext
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")
SOURCES = {"guide": "inventories/dev.ini", "folder": "inv", "yaml": "hosts.yml", "jinja": "hosts.yml"}
MAGIC = {"inventory_dir", "inventory_file", "groups", "hostvars", "omit", "playbook_dir", "inventory_hostname",
         "inventory_hostname_short", "group_names", "ansible_playbook_python", "ansible_config_file", "ansible_version", "ansible_run_tags", "ansible_facts",
         "ansible_check_mode", "ansible_diff_mode", "ansible_forks", "ansible_inventory_sources", "ansible_skip_tags",
         "ansible_verbosity", "ansible_limit", "ansible_local"}
PATTERNS = ["all", "*", "web", "web*", "db-*", "~web0[12]", "web:db", "web,db", "parents:!web", "web:&late",
            "!web", "web[0]", "web[-1]", "web[0:1]", "web[1:]", "web[0:0]", "all:!~s\\d+", "web0?.lan", "db-[ab]",
            "web01.lan", "web01.lan:web02.lan", "web*:!web02.lan", "&web", "&web,!web01.lan", "grand", "ungrouped",
            "~^(web|db)", "parents[0]", "z1-[a]", "all[2]", "port*", "web,!late,&parents", "nosuch", "web99.lan"]


def plain(value):
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    return str(value)


def read(name):
    folder = os.path.join(CASES, name)
    loader = DataLoader()
    secret = FileVaultSecret(filename=os.path.join(CASES, "vault-password"), loader=loader)
    secret.load()
    loader.set_vault_secrets([("default", secret)])
    VaultSecretsContext.initialize(VaultSecretsContext(secrets=[("default", secret)]))
    inventory = InventoryManager(loader=loader, sources=[os.path.join(folder, SOURCES.get(name, "hosts.ini"))])
    manager = VariableManager(loader=loader, inventory=inventory)
    HostVars(inventory=inventory, variable_manager=manager, loader=loader)
    hosts = {}
    for host in inventory.get_hosts("all"):
        variables = manager.get_vars(host=host)
        templar = Templar(loader=loader, variables=variables)
        own = {}
        for key in sorted(variables):
            if key in MAGIC:
                continue
            try:
                own[key] = plain(templar.template(variables[key]))
            except Exception as error:
                print(name, host.name, key, error, file=sys.stderr)
                own[key] = {"error": True}
        hosts[host.name] = {"groups": plain(variables["group_names"]), "variables": own}
    groups = {g.name: {"hosts": [h.name for h in g.hosts], "children": sorted(c.name for c in g.child_groups),
                       "members": [h.name for h in g.get_hosts()]} for g in inventory.groups.values()}
    expected = {"groups": groups, "hosts": hosts}
    if name == "groups":
        expected["patterns"] = {p: sorted(h.name for h in inventory.get_hosts(p)) for p in PATTERNS}
    with open(os.path.join(folder, "expected.json"), "w") as out:
        json.dump(expected, out, indent=1, ensure_ascii=False, sort_keys=True)
        out.write("\n")


for case in sys.argv[1:] or sorted(os.listdir(CASES)):
    if os.path.isdir(os.path.join(CASES, case)):
        read(case)
