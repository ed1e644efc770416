# What was fetched is put into what a deploy has made: history and releases are added, the web UI's data is exchanged.
SECRET = "/etc/open-webui/secret.env"
# seconds of a start that migrates a large database
WITHIN = 300
# what belongs to one database
ENDS = ("", "-wal", "-shm", "-journal")


def put(settings):
    mine(settings)
    add_history()
    done = exchange(settings) if manifest()["webui"] else {}
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
            shutil.move(path, target)
            given(target, 0, 0)
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
    given(folder, stat.st_uid, stat.st_gid)


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


def at_home(path, data):
    """The database knows each upload by its whole path, of where it was then."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as con, con:
        for key, file in con.execute("select id, path from file where path not like '%://%'").fetchall():
            folder, name = os.path.split(file)
            if os.path.basename(folder) == "uploads":
                con.execute("update file set path = ? where id = ?", (os.path.join(data, "uploads", name), key))


def unpacked(webui, data):
    """(folder that will be its data, its database), made of what was fetched."""
    new, main = BACK + webui["data"], STAGED + "/" + webui["database"]
    for name in webui["databases"]:
        if name.startswith("data/") and name != webui["database"]:
            target = os.path.join(new, name[5:])
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.replace(os.path.join(STAGED, name), target)
    os.makedirs(new, exist_ok=True)
    at_home(main, data)
    return new, main


def exchange(settings):
    """What was there is kept beside it, and comes back when the service does not start on what is there now."""
    webui = Webui(settings["unit"])
    if not webui.unit and not webui.why:
        raise Refused("unsupported", "there is no Open WebUI here that its data could be put into")
    usable(webui)
    used = is_used(webui.path)
    if used and not settings["overwrite"]:
        raise Refused("changed", "its Open WebUI has users or chats now, which it did not have before: nothing was exchanged; replace them with --overwrite")
    data, path, end = webui.data, os.path.realpath(webui.path), ".before-restore-%d" % time.time()
    old, owner = data + end, os.stat(path)
    new, main = unpacked(manifest()["webui"], data)
    stat = os.stat(data)
    given_secret = read(STAGED + "/secret.env")
    secret = read(SECRET) if given_secret else ""
    systemctl("stop", webui.unit)
    apart = [] if is_in(path, data) else [path + one for one in ENDS if os.path.exists(path + one)]
    kept, moved, started = False, [], False
    try:
        shift(data, old)
        kept = True
        for one in apart:
            os.rename(one, one + end)
            moved.append(one)
        shift(new, data)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.move(main, path)
        own(data, stat)
        os.chown(path, owner.st_uid, owner.st_gid)
        os.chmod(path, owner.st_mode & 0o7777)
        if secret:
            keep(SECRET, given_secret)
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
        # of its own nothing is taken away that was not moved
        for one in [path + ending for ending in ENDS] if moved and moved == apart else []:
            with contextlib.suppress(FileNotFoundError):
                os.remove(one)
        for one in moved:
            os.rename(one + end, one)
        own(data, stat)
        if secret:
            keep(SECRET, secret)
        ready(webui)
        raise Refused("undone", "%s does not start with the restored data; it has its own again: journalctl -u %s" % (webui.unit, webui.unit))
    if used or settings["keep_old"]:
        return {"kept": " and ".join([old] + [one + end for one in moved if one == path])}
    shutil.rmtree(old)
    for one in moved:
        os.remove(one + end)
    return {}
