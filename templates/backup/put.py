# What was fetched is put into what a deploy has made: history and releases are added, the web UI's data is exchanged.
import errno, http.client

SECRET = "/etc/open-webui/secret.env"
# seconds of a start that migrates a large database
WITHIN = 300
# what belongs to one database
ENDS = ("", "-wal", "-shm", "-journal")


def put(settings):
    mine(settings)
    with alone("a backup of it runs: nothing was put in"):
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
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException), urllib.request.urlopen(webui.url + "/health", timeout=5) as answer:
            return answer.status == 200
        time.sleep(0.5)
    return False


def copy(source, target):
    """With its owners, which Python would not keep."""
    done = subprocess.run(("cp", "-a", "-T", "--remove-destination", "--", source, target), stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise OSError(done.stderr.strip())


def over(source, target):
    """The folders themselves stay: one may be a mount of its own. Across disks nothing leaves its place: only a whole copy may stand for it."""
    os.makedirs(target, 0o700, exist_ok=True)
    for name in os.listdir(source):
        if name != "lost+found":
            over_one(os.path.join(source, name), os.path.join(target, name))


def over_one(source, target):
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy(source, target)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.remove(path)


def empty(folder):
    """What was restored is in the repository: no room is needed to take it away."""
    for name in os.listdir(folder):
        if name != "lost+found":
            remove(os.path.join(folder, name))


def come_back(data, old, whole):
    """`whole`: all of it is in `old`. Else what `data` still has is only a part of a copy there."""
    if whole:
        empty(data)
    for name in os.listdir(old) if os.path.isdir(old) else []:
        if os.path.lexists(os.path.join(data, name)):
            remove(os.path.join(old, name))
    if os.path.isdir(old):
        over(old, data)
        shutil.rmtree(old)


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


def links_to(path, data):
    """Of the folder itself: a database that lies elsewhere may be found by one."""
    found = [os.path.join(data, name) for name in os.listdir(data)]
    return {one: os.readlink(one) for one in found if os.path.islink(one) and os.path.realpath(one) == path}


def agreed(webui, settings):
    """Whether somebody would miss what is there. Throws when nobody has agreed to lose it."""
    there = holds(webui)
    if there["used"] and not settings["overwrite"]:
        if "unreadable" in there:
            raise Refused("changed", "the database of its Open WebUI cannot be read, so nobody knows what it holds: nothing was exchanged; replace it with --overwrite")
        raise Refused("changed", "its Open WebUI has users or chats now, or files, which it did not have before: nothing was exchanged; replace them with --overwrite")
    return there["used"]


def exchange(settings):
    """What was there is kept beside it, and comes back when the service does not start on what is there now."""
    webui, found = Webui(settings["unit"]), manifest()
    if not webui.unit and not webui.why:
        raise Refused("unsupported", "there is no Open WebUI here that its data could be put into")
    usable(webui)
    used = agreed(webui, settings)
    fitting(webui, found, settings)
    data, path, end = webui.data, os.path.realpath(webui.path), ".before-restore-%d" % time.time()
    old, owner, links = data + end, os.stat(path), links_to(path, data)
    new, main = unpacked(found["webui"], data)
    given_secret = read(STAGED + "/secret.env")
    secret = read(SECRET) if given_secret else ""
    systemctl("stop", webui.unit)
    apart = [] if is_in(path, data) else [path + one for one in ENDS if os.path.exists(path + one)]
    whole, moved, started, why = False, [], False, "does not start with the restored data"
    try:
        over(data, old)
        whole = True
        empty(data)
        for one in apart:
            os.rename(one, one + end)
            moved.append(one)
        over(new, data)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        over_one(main, path)
        for link, target in links.items():
            if os.path.lexists(link):
                remove(link)
            os.symlink(target, link)
        for name in os.listdir(data):
            if name != "lost+found":
                given(os.path.join(data, name), owner.st_uid, owner.st_gid)
        os.chown(path, owner.st_uid, owner.st_gid)
        os.chmod(path, owner.st_mode & 0o7777)
        if secret:
            keep(SECRET, given_secret)
        tell("progress", "starting %s with the restored data" % webui.unit)
        started = ready(webui)
    except Exception as error:  # whatever it is: its own data comes back
        why = "was not given the restored data: %s" % error
    if not started:
        systemctl("stop", webui.unit)
        try:
            come_back(data, old, whole)
            # of its own nothing is taken away that was not moved
            for one in [path + ending for ending in ENDS] if moved and moved == apart else []:
                with contextlib.suppress(FileNotFoundError):
                    os.remove(one)
            for one in moved:
                os.rename(one + end, one)
            if secret:
                keep(SECRET, secret)
        except Exception as error:
            raise Refused("failed", "%s %s, and its own could not be put back: %s; what is not in %s is in %s" % (webui.unit, why, error, data, old))
        with contextlib.suppress(Exception):
            ready(webui)
        raise Refused("undone", "%s %s; it has its own again: journalctl -u %s" % (webui.unit, why, webui.unit))
    if used or settings["keep_old"] or not webui.ours:
        return {"kept": " and ".join([old] + [one + end for one in moved if one == path])}
    shutil.rmtree(old)
    for one in moved:
        os.remove(one + end)
    return {}
