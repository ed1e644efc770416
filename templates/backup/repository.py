# A host's repository: restic with all that it must know, its locks waited for, its errors in words that say what mends them.
import contextlib, fcntl, select, tarfile, tempfile, threading

TAG = "hxllm"
WORK = "/var/lib/hxllm/backup"
BACK = "/var/lib/hxllm/restore"
# seconds that another backup is waited for: of the same repository, or of the host itself
LOCK_WAIT = 3600


def tell(kind, value):
    # who listens may be gone: what was begun is ended all the same
    with contextlib.suppress(OSError):
        print("@@ %s %s" % (kind, json.dumps(value)), flush=True)


class Refused(Exception):
    """kind: password, absent, unreachable, locked, running, foreign, damaged, room, unsupported, undone, failed, changed."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


@contextlib.contextmanager
def alone(otherwise):
    """A backup and a restore of one host: what is half exchanged would be in a snapshot."""
    with open("/run/hxllm-backup.lock", "a") as f:
        end, told = time.time() + LOCK_WAIT, False
        while True:
            try:
                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.time() > end:
                    raise Refused("running", otherwise)
            if not told:
                tell("progress", "waiting for a backup or a restore of this host")
                told = True
            time.sleep(0.5)
        yield


def begins(path, count):
    with open(path, "rb") as f:
        return f.read(count)


def file_sha(path):
    with open(path, "rb") as f:
        return stream_sha(f)


def stream_sha(stream):
    sums = hashlib.sha256()
    for block in iter(lambda: stream.read(1 << 20), b""):
        sums.update(block)
    return sums.hexdigest()


def is_sound(path):
    """A database that is read as it lies there: nothing is made beside it."""
    with contextlib.closing(sqlite3.connect("file:%s?immutable=1" % urllib.parse.quote(path), uri=True)) as con:
        try:
            return con.execute("pragma integrity_check").fetchone()[0] == "ok"
        except sqlite3.DatabaseError:
            return False


class Repository:
    """Password, address and key are in files of root's in memory: in no argument and no environment."""

    def __init__(self, settings, lock=True):
        self.host = settings["host"]
        self.folder = tempfile.mkdtemp(prefix="hxllm-restic-", dir="/run")
        for name in ("repository", "password", "ssh_key", "known_hosts"):
            with open(os.open(self.path(name), os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
                f.write(settings.get(name) or "")
        self.child = None
        # a lock that a lost host has left stops nobody who only reads
        self.options = [] if lock else ["--no-lock"]
        if settings.get("sftp"):
            self.options += ["-o", "sftp.command=" + settings["sftp"].replace("FOLDER", self.folder)]
        self.env = dict(
            os.environ,
            RESTIC_REPOSITORY_FILE=self.path("repository"),
            RESTIC_PASSWORD_FILE=self.path("password"),
            RESTIC_CACHE_DIR=WORK + "/cache",
            RESTIC_PROGRESS_FPS="1",
            **settings.get("environment", {}),
        )

    def end_unheard(self):
        """From here on restic is ended when nobody listens any more: what it fetches would be of no use."""
        listener = select.poll()
        listener.register(1, 0)

        def watch():
            listener.poll()
            while True:
                with contextlib.suppress(OSError):
                    self.child and self.child.kill()
                time.sleep(0.5)

        threading.Thread(target=watch, daemon=True).start()

    def path(self, name):
        return self.folder + "/" + name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, words):
        # a quiet backup would not tell how far it is
        return ["restic"] + (["--quiet"] if words[0] != "backup" else []) + self.options + list(words)

    def run(self, *words, line=None, wait=LOCK_WAIT):
        """What it prints. `line` is given each line as it comes."""
        end, told = time.time() + wait, False
        while True:
            with tempfile.TemporaryFile("w+") as said:
                done = self.child = subprocess.Popen(self.command(words), env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, text=True)
                lines = []
                for text in done.stdout:
                    lines.append(text)
                    if line:
                        line(text)
                code = done.wait()
                said.seek(0)
                error = said.read().strip()
            if code == 0 or (code == 3 and is_only_gone(error)):
                return "".join(lines)
            if "already locked" not in error or time.time() > end:
                raise self.refusal(code, error)
            if not told:
                tell("progress", "waiting for another run that has the repository")
                told = True
            time.sleep(5)

    def refusal(self, code, error):
        told = [l for l in error.splitlines() if not re.match(r"Load\(|Is there a repository|\s*$", l)]
        last = "; ".join(told[:3]) or "restic ended with code %s" % code
        if "wrong password" in error or code == 12:
            return Refused("password", "hxllm_backup_password does not open the repository")
        if "already locked" in error:
            return Refused("locked", "another run has had the repository for an hour: " + last)
        if "Is there a repository at the following location" in error or code == 10:
            if re.search(r"sftp session|connection refused|unable to connect|no route|timed out|EOF", error, re.I):
                return Refused("unreachable", "the repository is not reached: " + last)
            return Refused("absent", "there is no repository: " + last)
        if "no space left on device" in error:
            return Refused("room", "the disk of the repository is full, or that of the host: " + last)
        if re.search(r"ciphertext verification failed|does not match|invalid data|not found in (the )?index|There were \d+ errors|contains errors|corrupt", error, re.I):
            return Refused("damaged", "the repository is damaged: " + last)
        return Refused("unreachable", last)

    def open(self):
        """Made when there is none. One that was used before and is gone is not: its disk may only not be mounted."""
        known = WORK + "/known"
        address = sha(open(self.path("repository")).read())
        try:
            self.run("unlock")  # of locks that dead runs have left
        except Refused as refused:
            if refused.kind != "absent":
                raise
            if read(known) == address:
                raise Refused("absent", "the repository that this host wrote to is gone; remove %s to begin a new one there" % known)
            self.run("init")
        with open(known, "w") as f:
            f.write(address)

    def snapshots(self, *words):
        return json.loads(self.run("snapshots", "--json", *words) or "null") or []

    def own(self):
        return self.snapshots("--host", self.host, "--tag", TAG)

    def sums(self, snapshot, folder):
        """SHA-256 of each file below a folder, as the repository gives it back."""
        found = {}
        command = self.command(["--no-lock", "dump", snapshot, folder])
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said)
            with contextlib.suppress(tarfile.TarError), tarfile.open(fileobj=done.stdout, mode="r|") as tar:
                for one in tar:
                    if one.isfile():
                        found["/" + one.name.lstrip("/")] = stream_sha(tar.extractfile(one))
            stream_sha(done.stdout)  # what is behind the last file
            if done.wait() != 0:
                said.seek(0)
                raise self.refusal(done.returncode, said.read().strip())
        return found


def is_only_gone(error):
    """Files that went while the snapshot was written: no reason to have none."""
    failed = [l for l in error.splitlines() if '"error"' in l]
    return bool(failed) and all("no such file or directory" in l for l in failed)


def fresh(path):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path, 0o700)
    return path


def finished(work, settings):
    """A call from the controller: what it gives, or why it was refused."""
    os.umask(0o077)
    try:
        tell("result", work(settings))
    except Refused as refused:
        tell("refused", {"kind": refused.kind, "message": str(refused)})
        sys.exit(1)
