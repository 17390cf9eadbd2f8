"""Rules for addresses, files, handles, paths and names in code."""

from __future__ import annotations

import re

from limelight.speech.reading import numbers
from limelight.speech.reading.place import Place, Rule, alternatives, letters, rule, word_set

#: Top-level domains that are spoken as words; those below are spelled.
_DOMAIN_WORDS = word_set(
    "com org net edu gov info app dev shop store online site tech cloud blog biz name pro club news live "
    "world agency studio design digital example test local co me so to page email health team work zone "
    "life space website academy school video media today solutions support services group energy fund "
    "finance travel museum mobi inc link run"
)  # fmt: skip
_DOMAIN_LETTERS = word_set(
    "io ai tv fm uk us de fr es it nl be ch at se no dk fi pl cz pt ie eu ca au nz jp cn kr in br mx ru "
    "za sg hk tw gg cc ly xyz vc gl is id il tr ar cl"
)  # fmt: skip
_EXTENSIONS = {
    "pdf": "P.D.F.", "html": "H.T.M.L.", "htm": "H.T.M.", "css": "C.S.S.", "js": "J.S.", "ts": "T.S.",
    "jsx": "J.S.X.", "tsx": "T.S.X.", "py": "P.Y.",
    "csv": "C.S.V.", "tsv": "T.S.V.", "txt": "T.X.T.", "md": "M.D.", "json": "Jason", "xml": "X.M.L.",
    "yaml": "yammel", "yml": "Y.M.L.", "toml": "tommel", "ini": "I.N.I.",
    "doc": "doc", "docx": "doc X.", "xls": "X.L.S.", "xlsx": "X.L.S.X.", "ppt": "P.P.T.", "pptx": "P.P.T.X.",
    "odt": "O.D.T.", "zip": "zip", "rar": "rar", "tar": "tar", "gz": "G.Z.",
    "exe": "E.X.E.", "dmg": "D.M.G.", "msi": "M.S.I.", "deb": "deb", "iso": "I.S.O.", "apk": "A.P.K.",
    "jpg": "J.P.G.", "jpeg": "jay peg", "png": "P.N.G.", "gif": "gif", "svg": "S.V.G.",
    "webp": "web P.", "psd": "P.S.D.", "mp3": "M.P. three", "mp4": "M.P. four", "wav": "wave", "flac": "flack",
    "mov": "mov", "avi": "A.V.I.", "mkv": "M.K.V.", "webm": "web M.", "srt": "S.R.T.",
    "vtt": "V.T.T.", "log": "log", "cfg": "C.F.G.", "conf": "conf", "env": "E.N.V.", "sh": "S.H.", "bat": "bat",
    "sql": "S.Q.L.", "db": "D.B.", "java": "java", "go": "go", "rs": "R.S.", "rb": "R.B.",
    "php": "P.H.P.", "cpp": "C.P.P.", "h": "H.", "c": "C.", "cs": "C.S.", "swift": "swift", "kt": "K.T.",
    "ipynb": "I.P.Y.N.B.", "lock": "lock", "key": "key", "pem": "pem", "ttf": "T.T.F.", "blend": "blend",
    "net": "net",
}  # fmt: skip
_SIGNS = {
    ".": "dot",
    "/": "slash",
    "@": "at",
    "-": "dash",
    "_": "underscore",
    "+": "plus",
    "\\": "backslash",
    ":": "colon",
    "~": "tilde",
    "%": "percent",
    "&": "and",
    "=": "equals",
}
_LABEL = r"[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?"
_TLD = "|".join(sorted(_DOMAIN_WORDS | _DOMAIN_LETTERS, key=len, reverse=True))


def _label(text: str, *, underscore: str = "underscore") -> str:
    """One part of an address: words, figures, and the names of the signs between them."""
    said: list[str] = []
    for part in re.findall(r"[^\W\d_]+|\d+|[^\w\s]|_", text):
        if part.isdecimal():
            said.append(numbers.short(part) if len(part) < 5 else numbers.digits(part))
        elif part[0].isalpha():
            said.append(letters(part) if len(part) == 1 else part)
        elif part == "_":
            said.append(underscore)
        elif part in _SIGNS:
            said.append(_SIGNS[part])
    return " ".join(word for word in said if word)


def _host(text: str) -> str:
    """A host name: its labels with "dot" between them; a top-level domain that is no word is spelled."""
    labels = text.split(".")
    said = []
    for i, label in enumerate(labels):
        is_end = i and (i == len(labels) - 1 or label.lower() in ("co", "com", "org", "ac", "gov"))
        if (is_end and label.lower() in _DOMAIN_LETTERS) or (is_end and label.lower() == "ac"):
            said.append(letters(label))
        else:
            said.append(_label(label))
    return " dot ".join(said)


def _url(match: re.Match[str], place: Place) -> str:
    """https://www.acme.com/pricing?x=1: without its scheme, www and query."""
    rest = re.sub(r"^(?:[a-z]+://)?(?:www\.)?", "", match[0], flags=re.IGNORECASE)
    rest = re.sub(r"[?#].*$", "", rest).rstrip("/.,;:!")
    host, slash, path = rest.partition("/")
    host, colon, port = host.partition(":")
    said = _host(host) + (f" colon {numbers.digits(port)}" if colon else "")
    return f"{said} slash {_path(path)}" if slash and path else said


def _path(text: str) -> str:
    return " slash ".join(_file_name(part) for part in text.split("/") if part)


def _file_name(text: str) -> str:
    stem, point, extension = text.rpartition(".")
    if point and extension.lower() in _EXTENSIONS:
        return (
            f"{_file_name(stem)} dot {_EXTENSIONS[extension.lower()]}"
            if stem
            else f"dot {_EXTENSIONS[extension.lower()]}"
        )
    return _label(text)


def _email(match: re.Match[str], place: Place) -> str:
    """jane.doe@example.org."""
    user, _, host = match[0].partition("@")
    return f"{' dot '.join(_label(part) for part in user.split('.'))} at {_host(host)}"


def _file(match: re.Match[str], place: Place) -> str | None:
    """report_final.pdf, main.py, Node.js."""
    if match[0].lower().endswith(".net") or re.fullmatch(r"[A-Z][a-z]+\.[A-Z]\w*", match[0]):
        return None
    if re.fullmatch(r"\d+(?:\.\d+)*\.[ch]", match[0]):
        return None
    return _file_name(match[0])


def _domain(match: re.Match[str], place: Place) -> str | None:
    """example.com, docs.acme.io/start; but not "is done.It was", where a space is missing."""
    end = match[0].split("/")[0].rpartition(".")[2]
    if end[:1].isupper() and not match[0].isupper():
        return None
    if (
        end in word_set("to so is it in be at no me us today work life run live")
        and "/" not in match[0]
        and match[0].count(".") == 1
    ):
        return None
    if re.fullmatch(r"\d+\.\w+", match[0]):
        return None
    return _url(match, place)


def _handle(match: re.Match[str], place: Place) -> str:
    """@acme_news."""
    return f"at {_label(match[1], underscore='')}"


def _hashtag(match: re.Match[str], place: Place) -> str | None:
    """#DreamHome."""
    return f"hashtag {_label(match[1], underscore='')}"


def _unix_path(match: re.Match[str], place: Place) -> str | None:
    """/usr/local/bin, ~/notes.txt."""
    text = match[0]
    start = (
        "tilde "
        if text.startswith("~")
        else "dot " * (2 if text.startswith("..") else 1)
        if text.startswith(".")
        else ""
    )
    parts = [part for part in text.lstrip("~.").split("/") if part]
    return f"{start}slash {' slash '.join(_system_name(part) for part in parts)}"


def _windows_path(match: re.Match[str], place: Place) -> str:
    r"""C:\Users."""
    parts = [part for part in match[2].split("\\") if part]
    return " ".join([letters(match[1]), "colon", *(f"backslash {_file_name(part)}" for part in parts)])


def _system_name(part: str) -> str:
    """A part of a path; the names of some system folders are spelled."""
    return (
        letters(part)
        if part in ("usr", "etc", "src", "tmp", "opt", "sys", "mnt", "dev") and part in ("usr", "etc", "src")
        else _file_name(part)
    )


def _snake(match: re.Match[str], place: Place) -> str:
    """user_name, MAX_SIZE, __init__."""
    return (
        " ".join(part for part in match[0].split("_") if part).lower()
        if match[0].isupper()
        else _label(match[0], underscore="")
    )


def _call(match: re.Match[str], place: Place) -> str:
    """getUserName(): a name in code."""
    return " dot ".join(_label(part, underscore="") for part in match[1].split("."))


def _keys(match: re.Match[str], place: Place) -> str:
    """Ctrl+C, Cmd+Shift+P."""
    return " ".join(
        _KEYS.get(key.lower()) or (letters(key) if len(key) == 1 and key.isalpha() else _label(key))
        for key in re.split(r"\s?[+-]\s?", match[0])
    )


_KEYS = {
    "ctrl": "control", "cmd": "command", "alt": "alt", "shift": "shift", "esc": "escape", "del": "delete",
    "tab": "tab", "win": "windows", "enter": "enter",
    "fn": "function", "opt": "option", "option": "option", "command": "command", "control": "control", "meta": "meta",
    "super": "super",
}  # fmt: skip
_LANGUAGES = {
    "C++": "C. plus plus",
    "C#": "C. sharp",
    "F#": "F. sharp",
    ".NET": "dot net",
    "g++": "G. plus plus",
    "Notepad++": "notepad plus plus",
    "A*": "A. star",
}

RULES: tuple[Rule, ...] = (
    rule(r"(?:https?|ftp)://[^\s<>\"”]+[^\s<>\"”.,;:!?)\]'’*_]", _url, ignore_case=True),
    rule(r"www\.[^\s<>\"”]+[^\s<>\"”.,;:!?)\]'’*_]", _url, ignore_case=True),
    rule(rf"[\w.+-]+@{_LABEL}(?:\.{_LABEL})+", _email),
    Rule(r"(?:C\+\+|g\+\+|Notepad\+\+|[CF]#|\.NET|A\*)(?![\w+#])", lambda match, place: _LANGUAGES[match[0]]),
    rule(r"([A-Za-z]):\\([\w\\. -]*?[\w.])(?=[\s,.;:!?)]|$)", _windows_path),
    rule(r"(?:~|\.{1,2})?(?:/[\w.@-]*\w){2,}/?|~/[\w./-]*\w", _unix_path),
    rule(r"(?:Ctrl|Cmd|Alt|Shift|Win|Command|Control|Option|Fn)(?:\s?[+-]\s?[A-Za-z0-9]+)+", _keys, ignore_case=True),
    rule(rf"(?:[\w][\w-]*\.)+(?:{alternatives(_EXTENSIONS)})", _file),
    rule(
        rf"(?:{_LABEL}\.)+(?:{_TLD})(?::\d+)?(?:/[\w./%-]*[\w%-])?/?(?:\?[\w=&%-]*)?",
        _domain,
        ignore_case=True,
    ),
    rule(r"@(\w[\w.]*\w|\w)", _handle),
    rule(r"#([A-Za-z_]\w*)", _hashtag),
    rule(r"\.(?:[a-z]{2,5})(?=[\s,.;:!?)]|$)", lambda m, p: f"dot {_EXTENSIONS.get(m[0][1:]) or m[0][1:]}"),
    rule(r"([A-Za-z_][\w.]*)\(\)", _call),
    rule(r"_*[A-Za-z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)+_*", _snake),
)  # fmt: skip
