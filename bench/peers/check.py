# The no-change check of the bench with pyinfra: the same resources that hxllm reads, and nothing to do.
from pyinfra import host
from pyinfra.facts.files import File
from pyinfra.facts.server import Command
from pyinfra.operations import apt, files, server, systemd

want = host.data.want

apt.packages(name="Packages", packages=want["packages"])
server.user(
    name="User",
    user=want["user"],
    system=True,
    create_home=False,
    ensure_home=False,
    shell="/usr/sbin/nologin",
)
for path in want["directories"]:
    files.directory(name=f"Directory {path}", path=path, mode="755", user="root", group="root")
if not host.get_fact(File, path=want["installed"]):
    raise Exception(f"{want['installed']} is missing")
for file in want["files"]:
    files.put(
        name=f"File {file['path']}",
        src=f"{host.data.files}{file['path']}",
        dest=file["path"],
        mode=file["mode"].lstrip("0"),
        user="root",
        group=file["group"],
    )
for service in want["services"]:
    systemd.service(name=f"Service {service}", service=service, running=True, enabled=True)
host.get_fact(Command, f"curl -fsS -o /dev/null --max-time 5 {want['health']}")
