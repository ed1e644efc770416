# What comes back: fetched, unpacked beside everything and judged before anything is touched; then put into what a deploy has made.
RELEASES = "/etc/litellm/releases"
RECORDS = "/var/lib/hxllm/records"
MODELS = "/var/lib/ollama/models"
SECRET = "/etc/open-webui/secret.env"
STAGED = BACK + WORK + "/stage"
# seconds of a start that migrates a large database
WITHIN = 300


def snapshots(settings):
    with Repository(settings, lock=False) as repository:
        return [{"snapshot": s["short_id"], "made": s["time"], "paths": s["paths"]} for s in repository.own()]


def chosen(repository, wanted):
    """The newest of this host, or the one that is named: it must be of this host and made by hxllm."""
    own = repository.own()
    if wanted == "latest":
        if own:
            return max(own, key=lambda s: s["time"])
        others = sorted({s["hostname"] for s in repository.snapshots("--tag", TAG)})
        raise Refused("foreign", "the repository has no backup of %s; it has some of: %s" % (repository.host, ", ".join(others) or "none"))
    found = [s for s in repository.snapshots() if s["id"].startswith(wanted)]
    if len(found) != 1:
        raise Refused("foreign", "the repository has no snapshot %s; of this host: %s" % (wanted, ", ".join(s["short_id"] for s in own) or "none"))
    if found[0]["id"] not in [s["id"] for s in own]:
        raise Refused("foreign", "snapshot %s is of %s, and not a backup of %s" % (wanted, found[0]["hostname"], repository.host))
    return found[0]


def judged(host):
    """The manifest of what was unpacked, when all is there and as it was."""
    try:
        manifest = json.loads(read(STAGED + "/manifest.json"))
        schema, owner, webui = manifest["schema"], manifest["host"], manifest["webui"]
    except (ValueError, KeyError):
        raise Refused("damaged", "the snapshot has no manifest that can be read")
    if schema != 1:
        raise Refused("foreign", "it was made by another hxllm: its manifest has schema %s" % schema)
    if owner != host:
        raise Refused("foreign", "its manifest says that it is of %s" % owner)
    for name, told in (webui or {"databases": {}})["databases"].items():
        path = "%s/data/%s" % (STAGED, name)
        if not os.path.isfile(path) or file_sha(path) != told or not is_sound(path):
            raise Refused("damaged", "%s of the snapshot is damaged" % name)
    return manifest


def people(path):
    """Users and chats of a database: what would be lost with it. One that cannot be read may hold any."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect("file:%s?mode=ro" % urllib.parse.quote(path), uri=True)) as con:
        return {"users": con.execute("select count(*) from user").fetchone()[0], "chats": con.execute("select count(*) from chat").fetchone()[0]}
    return {"unreadable": True}


def fetch(settings):
    """Nothing of the host's own is touched: all is unpacked into a folder of root's."""
    with Repository(settings, lock=False) as repository:
        snapshot = chosen(repository, settings["snapshot"])
        tell("progress", "fetching snapshot %s" % snapshot["short_id"])
        size = json.loads(repository.run("stats", "--json", "--mode", "restore-size", snapshot["id"]))["total_size"]
        shutil.rmtree(BACK, ignore_errors=True)
        free = shutil.disk_usage("/var/lib").free
        if size * 1.1 > free:
            raise Refused("room", "/var/lib has %s MB free, %s MB are needed" % (free // 1000000, int(size * 1.1) // 1000000))
        try:
            repository.run("restore", snapshot["id"], "--target", fresh(BACK), "--verify")
            manifest = judged(repository.host)
            keep(BACK + "/snapshot", snapshot["short_id"])
        except Refused:
            shutil.rmtree(BACK, ignore_errors=True)
            raise
    webui = manifest["webui"]
    there = Webui(settings["unit"])
    return {
        "snapshot": snapshot["short_id"],
        "made": snapshot["time"],
        "bytes": size,
        "releases": len(os.listdir(BACK + RELEASES)) if os.path.isdir(BACK + RELEASES) else 0,
        "models": os.path.isdir(BACK + MODELS),
        "webui": webui and dict(people("%s/data/%s" % (STAGED, webui["database"])), version=webui["version"]),
        "there": people(there.path) if there.unit and there.path else None,
    }


def drop(_):
    shutil.rmtree(BACK, ignore_errors=True)
    return {}


def before(_):
    """Models that need not be pulled then: systemd gives the folder to the service when it starts."""
    if os.path.isdir(BACK + MODELS) and not os.path.isdir(MODELS + "/manifests"):
        shutil.rmtree(MODELS, ignore_errors=True)
        os.makedirs(os.path.dirname(MODELS), 0o700, exist_ok=True)
        shutil.move(BACK + MODELS, MODELS)
        # numbers of users are another host's
        own(MODELS, os.stat(os.path.dirname(MODELS)))
    return {}


def put(settings):
    """Into what is deployed: history and older releases are added, the web UI's data is exchanged."""
    if not os.path.exists(BACK + "/snapshot") or read(BACK + "/snapshot") != settings["snapshot"]:
        raise Refused("changed", "another run fetched another backup meanwhile: nothing was put in; run it again")
    add_history()
    done = exchange(settings) if os.path.isdir(STAGED + "/data") else {}
    os.makedirs(RECORDS, 0o700, exist_ok=True)
    with open("%s/%s" % (RECORDS, settings["id"]), "w") as f:
        json.dump(settings["record"], f)
    shutil.rmtree(BACK, ignore_errors=True)
    return done


def add_history():
    """Nothing that is there is written over: what the inventory wants serves already."""
    for path in glob.glob(BACK + RECORDS + "/*"):
        if os.path.isdir(RECORDS) and not os.path.exists(path[len(BACK) :]):
            shutil.copy2(path, RECORDS)
    current = RELEASES + "/../current"
    for path in glob.glob(BACK + RELEASES + "/*") if os.path.isdir(current) else []:
        target = path[len(BACK) :]
        if not os.path.exists(target):
            shutil.copytree(path, target, symlinks=True)
            alike(target, current)


def alike(target, example):
    """Numbers of users and groups are another host's: each file gets those of its namesake."""
    for name in [""] + os.listdir(target):
        like = os.path.join(example, name)
        owner = os.stat(like) if os.path.exists(like) else os.stat("/")
        os.chown(os.path.join(target, name), owner.st_uid, owner.st_gid, follow_symlinks=False)


def systemctl(*words):
    return subprocess.run(("systemctl",) + words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def ready(webui):
    systemctl("reset-failed", webui.unit)
    systemctl("start", webui.unit)
    for _ in range(WITHIN * 2):
        if show(webui.unit).get("ActiveState") == "failed":
            return False
        with contextlib.suppress(OSError), urllib.request.urlopen(webui.url + "/health", timeout=5) as answer:
            return answer.status == 200
        time.sleep(0.5)
    return False


def own(folder, stat):
    os.chmod(folder, stat.st_mode & 0o7777)
    for base, folders, files in os.walk(folder):
        for path in [base] + [os.path.join(base, name) for name in folders + files]:
            os.chown(path, stat.st_uid, stat.st_gid, follow_symlinks=False)


def shift(source, target):
    """The folders themselves stay: one may be a mount of its own."""
    os.makedirs(target, 0o700, exist_ok=True)
    for name in os.listdir(source):
        if name != "lost+found":
            shutil.move(os.path.join(source, name), os.path.join(target, name))


def empty(folder):
    """What was restored is in the repository: no room is needed to take it away."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=name == "lost+found")
        else:
            os.remove(path)


def exchange(settings):
    """What was in the folder is kept beside it, and comes back when the service does not start on what is there now."""
    webui = Webui(settings["unit"])
    if not webui.unit or not webui.path:
        raise Refused("unsupported", "there is no Open WebUI here that its data could be put into")
    manifest = json.loads(read(STAGED + "/manifest.json"))["webui"]
    data = os.path.dirname(webui.path)
    old = "%s.before-restore-%d" % (data, time.time())
    new = BACK + manifest["data"]
    os.makedirs(new, exist_ok=True)
    shutil.copytree(STAGED + "/data", new, dirs_exist_ok=True)
    if manifest["database"] != os.path.basename(webui.path):
        os.rename(os.path.join(new, manifest["database"]), os.path.join(new, os.path.basename(webui.path)))
    stat = os.stat(data)
    given = read(STAGED + "/secret.env")
    secret = read(SECRET) if given else ""
    systemctl("stop", webui.unit)
    kept = started = False
    try:
        shift(data, old)
        kept = True
        shift(new, data)
        own(data, stat)
        if secret:
            keep(SECRET, given)
        tell("progress", "starting %s with the restored data" % webui.unit)
        started = ready(webui)
    except OSError as error:
        tell("progress", str(error))
    if not started:
        systemctl("stop", webui.unit)
        if kept:
            empty(data)
        if os.path.isdir(old):
            shift(old, data)
            os.rmdir(old)
        own(data, stat)
        if secret:
            keep(SECRET, secret)
        ready(webui)
        raise Refused("undone", "%s does not start with the restored data; it has its own again: journalctl -u %s" % (webui.unit, webui.unit))
    if settings["keep_old"]:
        return {"kept": old}
    shutil.rmtree(old)
    return {}


def keep(path, text):
    part = path + ".hxllm-new"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
        f.write(text)
    os.replace(part, path)
