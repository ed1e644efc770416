# The bench's hosts for pyinfra: what the bench wrote down for both peers.
import json
import os

with open(os.environ["HXLLM_BENCH_VARS"]) as file:
    told = json.load(file)

hosts = [
    (
        one["name"],
        {
            "ssh_hostname": one["address"],
            "ssh_user": "agent0",
            "ssh_key": told["key"],
            "ssh_known_hosts_file": told["knownHosts"],
            "ssh_strict_host_key_checking": "yes",
            "_sudo": True,
            "files": f"{told['files']}/{one['name']}",
            "want": told["bench"][one["group"]],
        },
    )
    for one in told["hosts"]
]
