# What hxllm asks an Open WebUI on its own host, and what it changes there. Root starts it and reads what only root may;
# the database and the server are then asked as the user of the service. Keys come in as text and go out as SHA-256.
import base64, glob, hashlib, hmac, json, os, re, shlex, shutil, sqlite3, subprocess, sys, time
import urllib.error, urllib.parse, urllib.request

NAMES = ("OPENAI_API_BASE_URL", "OPENAI_API_KEY")
PLURAL = ("OPENAI_API_BASE_URLS", "OPENAI_API_KEYS")
# a unit that only starts one of these
CONTAINERS = ("docker", "docker-compose", "podman", "nerdctl")
VENDOR = "https://api.openai.com/v1"
PROPERTIES = ("LoadState", "FragmentPath", "DropInPaths", "ActiveState", "MainPID", "User", "EnvironmentFiles", "Environment", "ExecStart", "UnitFileState", "NRestarts", "ActiveEnterTimestamp", "WorkingDirectory")


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def read(path, mode="r"):
    try:
        with open(path, mode) as f:
            return f.read()
    except OSError:
        return b"" if "b" in mode else ""


def show(unit):
    command = ["systemctl", "show", "--timestamp=unix"] + ["-p" + p for p in PROPERTIES] + ["--", unit]
    said = subprocess.run(command, capture_output=True, text=True).stdout
    found = {}
    for line in said.splitlines():
        name, _, value = line.partition("=")
        found[name] = (found[name] + "\n" + value) if name in found else value
    return found


def processes():
    """(pid, cgroup) of each process that looks like one, whoever started it."""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        words = read(path, "rb").split(b"\0")
        text = b" ".join(words)
        if (b"open-webui" in text and b"serve" in words) or b"open_webui.main:app" in words:
            pid = path.split("/")[2]
            yield pid, read("/proc/%s/cgroup" % pid)


def find(name):
    """The unit that runs it, or why there is none: docker, user, nobody, several."""
    shown = show(name)
    if shown.get("LoadState") == "loaded":
        program = re.search(r"path=(\S+)", shown.get("ExecStart", ""))
        return (None, "docker") if program and os.path.basename(program.group(1)) in CONTAINERS else (name, None)
    units, loose = set(), None
    for _, cgroup in processes():
        unit = re.search(r"/system\.slice/(?:\S*/)?([^/\s]+\.service)", cgroup)
        if re.search(r"docker|containerd|kubepods|libpod|/lxc", cgroup):
            loose = "docker"
        elif re.search(r"/user@\d+\.service/", cgroup):
            loose = loose or "user"
        elif unit and not unit.group(1).startswith(("ssh", "user@")):
            units.add(unit.group(1))
        else:
            loose = loose or "nobody"
    if len(units) > 1:
        return None, "several"
    return (units.pop(), None) if units else (None, loose)


class Webui:
    """One installation: found, with all that only root may read. `path` of its database: a stopped one may not tell."""

    def __init__(self, name, path=""):
        self.unit, self.why = find(name)
        if not self.unit:
            return
        shown = show(self.unit)
        self.shown = shown
        self.ours = read(shown.get("FragmentPath", "")).startswith("# Written by hxllm")
        self.active = shown.get("ActiveState") == "active"
        self.pid = shown.get("MainPID", "0")
        self.env, self.file = environment(shown)
        live = running(self.pid) if self.active else {}
        both = dict(self.env, **live)
        # what it was started with: the file may have been changed since
        self.was = live.get(NAMES[0]) or self.env.get(NAMES[0], "")
        self.words = [w.decode("utf-8", "replace") for w in read("/proc/%s/cmdline" % self.pid, "rb").split(b"\0")] if self.active else []
        command = re.search(r"path=(\S+)", shown.get("ExecStart", ""))
        self.program = command.group(1) if command else ""
        self.venv = self._venv()
        self.host, self.port = self._listens(both)
        self.database = both.get("DATABASE_URL", "")
        self.postgres = bool(self.database) and not self.database.startswith("sqlite")
        self.persistent = both.get("ENABLE_PERSISTENT_CONFIG", "True").lower() == "true"
        self.bypass = self.env.get("BYPASS_MODEL_ACCESS_CONTROL", "").lower() == "true"
        self.secret = both.get("WEBUI_SECRET_KEY") or both.get("WEBUI_JWT_SECRET_KEY") or read("/proc/%s/cwd/.webui_secret_key" % self.pid)
        self.path = "" if self.postgres else path or self._path(both)
        self.data = self._data(both)
        self.listens = "%s:%s" % ("[%s]" % self.host if ":" in self.host else self.host, self.port)
        self.url = "http://" + self.listens

    def _venv(self):
        for word in self.words[:2] + [self.program]:
            if word.startswith("/"):
                folder = os.path.dirname(os.path.dirname(os.path.realpath(word) if word.endswith("open-webui") else word))
                if glob.glob(folder + "/lib/python3*/site-packages/open_webui"):
                    return folder
        return ""

    def _listens(self, env):
        words = self.words or shlex.split(re.sub(r".*argv\[\]=([^;]*);.*", r"\1", self.shown.get("ExecStart", ""), flags=re.S))
        given = {w: words[i + 1] for i, w in enumerate(words[:-1]) if w in ("--host", "--port")}
        for word in words:
            match = re.match(r"(--host|--port)=(.*)", word)
            if match:
                given[match.group(1)] = match.group(2)
        host = self.bind = given.get("--host", env.get("HOST", "0.0.0.0"))
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), given.get("--port", env.get("PORT", "8080"))

    def _path(self, env):
        for link in glob.glob("/proc/%s/fd/*" % self.pid) if self.active else []:
            try:
                target = os.readlink(link)
            except OSError:
                continue
            if target.endswith("/webui.db") or "sqlite:///" + target == self.database:
                return target
        if self.database.startswith("sqlite:///") and os.path.exists(self.database[10:]):
            return self.database[10:]
        folders = [env["DATA_DIR"]] if env.get("DATA_DIR") else glob.glob(self.venv + "/lib/python3*/site-packages/open_webui/data")
        return next((f + "/webui.db" for f in folders if os.path.exists(f + "/webui.db")), "")

    def _data(self, env):
        """The folder of its uploads: its database may lie elsewhere."""
        if env.get("DATA_DIR"):
            beside = "/proc/%s/cwd" % self.pid if self.active else self.shown.get("WorkingDirectory", "").lstrip("!")
            return os.path.realpath(os.path.join(os.path.realpath(beside), env["DATA_DIR"]))
        if self.path and not self.database:
            return os.path.dirname(os.path.realpath(self.path))
        found = glob.glob(self.venv + "/lib/python3*/site-packages/open_webui/data") if self.venv else []
        return os.path.realpath(found[0]) if found else ""

    def version(self):
        for path in glob.glob(self.venv + "/lib/python3*/site-packages/open_webui-*.dist-info") if self.venv else []:
            return path.rsplit("open_webui-", 1)[1][: -len(".dist-info")]
        return ""

    def become(self):
        """From here on as the user that owns the database: nothing of root's is left beside it."""
        if self.path and os.geteuid() == 0:
            stat = os.stat(self.path)
            os.setgroups([])
            os.setgid(stat.st_gid)
            os.setuid(stat.st_uid)
