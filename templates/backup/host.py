# What of a host is backed up and where it comes back to: its web UI's data, its Ollama's models, and whether there is room.
import pwd

# of a unit of hxllm's own
MODELS = "/var/lib/ollama/models"
NO_COPY = {
    "docker": "Open WebUI runs in a container",
    "user": "Open WebUI runs as a unit of a user's own session",
    "nobody": "Open WebUI runs without a systemd unit",
    "several": "several units run an Open WebUI: name one with webui_unit",
}


def usable(webui):
    """Throws why its data is none that hxllm can copy or exchange."""
    if not webui.unit:
        raise Refused("unsupported", NO_COPY[webui.why] + ", which hxllm does not back up")
    if webui.postgres:
        raise Refused("unsupported", "Open WebUI keeps its data in PostgreSQL, which hxllm does not back up: use pg_dump")
    if not webui.path:
        raise Refused("unsupported", "%s has no database to be found: is the disk of its data mounted?" % webui.unit)
    if not webui.data:
        raise Refused("unsupported", "the folder of %s's data is not known, and its database lies elsewhere: say where it is with DATA_DIR in its environment" % webui.unit)


def is_in(path, folder):
    return bool(folder) and path.startswith(folder.rstrip("/") + "/")


def ollama(settings):
    """(folder of its models, user that they belong to): of the Ollama that is there, else of the one that a deploy installs."""
    shown = show("ollama.service")
    if shown.get("LoadState") != "loaded":
        return os.path.realpath(settings.get("models_folder") or MODELS), None
    env = dict(environment(shown)[0], **(running(shown.get("MainPID", "0")) if shown.get("ActiveState") == "active" else {}))
    user = shown.get("User") or "root"
    try:
        home = env.get("HOME") or pwd.getpwnam(user).pw_dir
    except KeyError:
        home = ""
    return os.path.realpath(settings.get("models_folder") or env.get("OLLAMA_MODELS") or home + "/.ollama/models"), user


def nearest(path):
    """What is there of a path, or above it."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return os.path.realpath(path)


def device(path):
    return os.stat(nearest(path)).st_dev


def size(path):
    if not os.path.isdir(path):
        return os.path.getsize(path) if os.path.exists(path) else 0
    return sum(os.lstat(os.path.join(base, name)).st_size for base, _, names in os.walk(path) for name in names)


def room(needs):
    """Of (path, bytes) that will be written: each filesystem must have what comes to it."""
    wanted = {}
    for path, count in needs:
        one = wanted.setdefault(device(path), [nearest(path), 0])
        one[1] += count
    for path, count in wanted.values():
        free = shutil.disk_usage(path).free
        if count * 1.1 > free:
            raise Refused("room", "%s has %s MB free, %s MB are needed" % (path, free // 1000000, int(count * 1.1) // 1000000 + 1))
