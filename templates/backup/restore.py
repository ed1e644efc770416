# What comes back: fetched, unpacked beside everything and judged before anything is touched.
RELEASES = "/etc/litellm/releases"
RECORDS = "/var/lib/hxllm/records"
# of a web UI that a deploy installs
DATA = "/var/lib/open-webui"
STAGED = BACK + WORK + "/stage"


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


def manifest():
    """What the snapshot says of itself; of an older one as the newer ones say it."""
    try:
        found = json.loads(read(STAGED + "/manifest.json"))
        schema, webui = found["schema"], found["webui"]
        if schema == 1 and webui:
            webui.update(database="data/" + webui["database"], databases={"data/" + name: told for name, told in webui["databases"].items()})
        if schema == 1:
            found["models"] = next((m for m in (MODELS, "/usr/share/ollama/.ollama/models") if os.path.isdir(BACK + m)), MODELS)
        return dict(found, owner=found["host"])
    except (ValueError, KeyError):
        raise Refused("damaged", "the snapshot has no manifest that can be read")


def judged(host):
    """Its manifest, when all is there and as it was."""
    found = manifest()
    if found["schema"] not in (1, 2):
        raise Refused("foreign", "it was made by another hxllm: its manifest has schema %s" % found["schema"])
    if found["owner"] != host:
        raise Refused("foreign", "its manifest says that it is of %s" % found["owner"])
    for name, told in (found["webui"] or {"databases": {}})["databases"].items():
        path = "%s/%s" % (STAGED, name)
        if not os.path.isfile(path) or file_sha(path) != told or not is_sound(path):
            raise Refused("damaged", "%s of the snapshot is damaged" % name)
    return found


def people(path):
    """Users and chats of a database: what would be lost with it."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect("file:%s?mode=ro" % urllib.parse.quote(path), uri=True)) as con:
        return {"users": con.execute("select count(*) from user").fetchone()[0], "chats": con.execute("select count(*) from chat").fetchone()[0]}
    return {"unreadable": True}


def holds(webui):
    """What of it somebody would miss. One that cannot be read may hold anything."""
    found = people(webui.path)
    if "unreadable" in found:
        return dict(found, used=True)
    uploads = webui.data + "/uploads"
    found["files"] = max(rows(webui.path), len(os.listdir(uploads)) if os.path.isdir(uploads) else 0)
    return dict(found, used=found["users"] > 1 or found["chats"] > 0 or found["files"] > 0)


def rows(path):
    """Of what people make beside chats; not each release has each table."""
    count = 0
    for table in ("file", "knowledge", "note", "prompt", "tool", "memory"):
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect("file:%s?mode=ro" % urllib.parse.quote(path), uri=True)) as con:
            count += con.execute("select count(*) from " + table).fetchone()[0]
    return count


def fitting(there, found, settings):
    """Throws what would go wrong when it is put in: where it cannot go to, and a disk that is too small."""
    webui, needs, aside = found["webui"], [], []
    if webui and (there.unit or there.why):
        # one of hxllm's own gets its database when a deploy starts it
        if not (there.unit and there.ours and not there.path):
            usable(there)
        if is_in(there.venv, there.data):
            raise Refused("unsupported", "%s lies in %s, the folder of its data, which would be exchanged: move one of them" % (there.venv, there.data))
        for line in read("/proc/self/mounts").splitlines():
            place = line.split()[1].replace("\\040", " ")
            if is_in(place, there.data):
                raise Refused("unsupported", "%s is a disk of its own in %s, the folder of its data, which would be exchanged: unmount it first" % (place, there.data))
    if webui:
        data = there.unit and there.data or DATA
        needs.append((data, size(BACK + webui["data"]) + size(STAGED)))
        if there.unit and there.path and not is_in(os.path.realpath(there.path), data):
            needs.append((there.path, size("%s/%s" % (STAGED, webui["database"]))))
        if os.path.ismount(data):
            # what is there goes beside it, and makes room for what comes
            aside = [(os.path.dirname(data), size(data)), (data, -size(data))]
    models, _ = ollama(settings)
    if not has_models(models):
        needs.append((models, size(BACK + found["models"])))
    needs.append((RELEASES, size(BACK + RELEASES)))
    # what stays on one disk is only renamed
    room(aside + [(path, count) for path, count in needs if device(path) != device(BACK)])


def fetch(settings):
    """Nothing of the host's own is touched: all is unpacked into a folder of root's."""
    with Repository(settings, lock=False) as repository:
        repository.end_unheard()
        snapshot = chosen(repository, settings["snapshot"])
        tell("progress", "fetching snapshot %s" % snapshot["short_id"])
        total = json.loads(repository.run("stats", "--json", "--mode", "restore-size", snapshot["id"]))["total_size"]
        shutil.rmtree(BACK, ignore_errors=True)
        try:
            room([(BACK, total)])
            keep(fresh(BACK) + "/mark", settings["mark"])
            repository.run("restore", snapshot["id"], "--target", BACK, "--verify")
            found, there = judged(repository.host), Webui(settings["unit"])
            fitting(there, found, settings)
        except BaseException:
            shutil.rmtree(BACK, ignore_errors=True)
            raise
    webui = found["webui"]
    return {
        "snapshot": snapshot["short_id"],
        "made": snapshot["time"],
        "bytes": total,
        "releases": len(os.listdir(BACK + RELEASES)) if os.path.isdir(BACK + RELEASES) else 0,
        "models": os.path.isdir(BACK + found["models"]),
        "webui": webui and dict(people("%s/%s" % (STAGED, webui["database"])), version=webui["version"]),
        "there": holds(there) if there.unit and there.path else None,
    }


def mine(settings):
    if read(BACK + "/mark") != settings["mark"]:
        raise Refused("changed", "what was fetched is gone or is of another restore, which began meanwhile: nothing was put in; restore again")


def drop(settings):
    with contextlib.suppress(Refused):
        mine(settings)
        shutil.rmtree(BACK, ignore_errors=True)
    return {}


def has_models(folder):
    return any(names for _, _, names in os.walk(folder + "/manifests"))


def before(settings):
    """Models that need not be pulled then, where the host's own Ollama looks for them; one that runs finds them there."""
    mine(settings)
    source, (target, user) = BACK + manifest()["models"], ollama(settings)
    if os.path.isdir(source) and not has_models(target):
        above = nearest(target)
        # numbers of users are another host's; systemd gives the folder of a unit that is not there yet to its user
        uid, gid = os.stat(above).st_uid, os.stat(above).st_gid
        with contextlib.suppress(KeyError):
            if user:
                uid, gid = pwd.getpwnam(user)[2:4]
        # a manifest without its blobs would be a broken model
        for name in ("blobs", "manifests"):
            add(os.path.join(source, name), os.path.join(target, name), uid, gid)
    return {}


def add(source, target, uid, gid):
    """Nothing that is there is written over, or gets another owner."""
    for base, _, names in os.walk(source):
        folder = os.path.normpath(os.path.join(target, os.path.relpath(base, source)))
        build(folder, uid, gid)
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.lexists(path):
                # half of one would be taken for a whole one
                shutil.move(os.path.join(base, name), path + ".hxllm-new")
                os.chown(path + ".hxllm-new", uid, gid, follow_symlinks=False)
                os.replace(path + ".hxllm-new", path)


def build(folder, uid, gid):
    """With what is missing above it, so that its user can enter."""
    if not os.path.isdir(folder):
        build(os.path.dirname(folder), uid, gid)
        os.mkdir(folder)
        os.chmod(folder, 0o755)
        os.chown(folder, uid, gid)


def given(path, uid, gid):
    """All that is below it, too."""
    os.chown(path, uid, gid, follow_symlinks=False)
    for base, folders, files in os.walk(path):
        for name in folders + files:
            os.chown(os.path.join(base, name), uid, gid, follow_symlinks=False)


def keep(path, text):
    part = path + ".hxllm-new"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
        f.write(text)
    os.replace(part, path)
