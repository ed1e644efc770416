# The environment of a unit: its files as systemd reads them, and changes that leave every other byte alone.
QUOTED = re.compile(r"""[ \t]*(?:'([^']*)'?|"((?:\\.|[^"\\])*)"?)""", re.S)
BARE = re.compile(r"(?:\\.|[^\\\n])*\\?", re.S)


def value_at(text, at):
    """What is assigned there, and where its last line ends."""
    value, quoted = "", QUOTED.match(text, at)
    while quoted:
        single, double = quoted.groups()
        value += single if double is None else re.sub(r'\\(["\\`$\n])', lambda m: m.group(1).strip("\n"), double)
        at = quoted.end()
        quoted = QUOTED.match(text, at)
    bare = BARE.match(text, at)
    value += re.sub(r"\\(.?)", lambda m: m.group(1).strip("\n"), bare.group().strip(), flags=re.S)
    return value, min(bare.end() + 1, len(text))


def assignments(text):
    """(name, value, begin, end) of each, with the lines that it takes."""
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        name, equals, _ = text[at:end].partition("=")
        begin, at = at, end
        if equals and name.strip() and name.strip()[0] not in "#;":
            value, at = value_at(text, begin + len(name) + 1)
            yield name.strip(), value, begin, at


def parse_env(text):
    """An EnvironmentFile as systemd reads it."""
    return {name: value for name, value, _, _ in assignments(text)}


def quoted(value):
    return value if re.fullmatch(r"[\w./:@;%+-]*", value) else '"%s"' % re.sub(r'(["\\])', r"\\\1", value)


def edited(text, values):
    """Every other line to the byte; None takes a line away, and so does a second line of one name."""
    left, parts, last = dict(values), [], 0
    for name, value, begin, end in assignments(text):
        if name not in values:
            continue
        wanted = left.pop(name, None)
        if wanted != value:
            parts += [text[last:begin], "" if wanted is None else "%s=%s\n" % (name, quoted(wanted))]
            last = end
    after = "".join(parts) + text[last:]
    more = "".join("%s=%s\n" % (name, quoted(value)) for name, value in left.items() if value is not None)
    return after + ("\n" if more and after and not after.endswith("\n") else "") + more


def env_files(unit):
    """The files themselves: a link stays one, and a pattern is what it finds."""
    for line in unit.get("EnvironmentFiles", "").splitlines():
        path = re.sub(r" \(ignore_errors=\w+\)$", "", line).lstrip("-")
        found = sorted(glob.glob(path)) if re.search(r"[*?[]", path) else [path] if path else []
        for one in found:
            yield os.path.realpath(one)


def environment(unit, but=None):
    """What the next start gets, and the last file that says something of the connection: the one to change."""
    values = {}
    for word in shlex.split(unit.get("Environment", "").replace("\n", " ")):
        name, _, value = word.partition("=")
        values[name] = value
    holder = last = None
    for path in env_files(unit):
        if path == but or not os.path.isfile(path):
            continue
        last, found = path, parse_env(read(path))
        if any(name in found for name in NAMES + PLURAL):
            holder = path
        values.update(found)
    return values, holder or last


def running(pid):
    pairs = (word.partition(b"=") for word in read("/proc/%s/environ" % pid, "rb").split(b"\0") if word)
    return {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, _, value in pairs}
