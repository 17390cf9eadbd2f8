"""A user's URL is fetched from real servers on loopback, which lie, drip, redirect and break off."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import ipaddress
import random
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from limelight.errors import MediaError, SpecError
from limelight.network import fetch as module
from limelight.network.connect import Allowed, url_problem
from limelight.network.fetch import fetch
from serving import free_port
from web import Answer, Web

LOOPBACK = Allowed.parse("127.0.0.1")
#: Neither is any test's business.
SECRET = "token=s3cr3t"


@pytest.fixture
def web() -> Iterator[Web]:
    with closing(Web()) as web:
        yield web


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fetched"


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where the network was asked to connect to."""
    asked: list[tuple[str, int]] = []
    connect = socket.create_connection

    def watched(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        asked.append(address)
        return connect(address, *rest, **more)

    monkeypatch.setattr(socket, "create_connection", watched)
    return asked


Names = Callable[[str, list[list[str]]], list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Let a name stand for addresses: the first list when it is first asked for, the next one the next time.

    What it gives lists the names that were asked for.
    """
    real = socket.getaddrinfo
    known: dict[str, list[list[str]]] = {}
    asked: list[str] = []

    def resolve(host: Any, port: Any, *rest: Any, **more: Any) -> list[Any]:
        if host not in known:
            return real(host, port, *rest, **more)
        asked.append(host)
        found = known[host][min(asked.count(host), len(known[host])) - 1]
        return [place for address in found for place in real(address, port, type=socket.SOCK_STREAM)]

    def names(name: str, answers: list[list[str]]) -> list[str]:
        known[name] = answers
        return asked

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return names


def fault(url: str, file: Path, allowed: Allowed = LOOPBACK) -> tuple[str, str]:
    """The code and the message of a fetch that fails."""
    with pytest.raises(MediaError) as caught:
        fetch(url, file, allowed)
    return caught.value.code, caught.value.message


# what arrives


@pytest.mark.parametrize("length", [-1, None], ids=["with a length", "without a length"])
def test_a_file_arrives_as_it_is(web: Web, file: Path, length: int | None) -> None:
    content = random.Random(1).randbytes(300_000)
    web.answers["/a.png"] = Answer(content, length=length)
    fetch(f"{web.url}/a.png", file, LOOPBACK)
    assert file.read_bytes() == content


def test_a_chunked_file_arrives_whole(web: Web, file: Path) -> None:
    web.answers["/a"] = Answer(
        b"5\r\nThis \r\n3\r\nis \r\n3\r\nit.\r\n0\r\n\r\n", headers={"Transfer-Encoding": "chunked"}, length=None
    )
    fetch(f"{web.url}/a", file, LOOPBACK)
    assert file.read_bytes() == b"This is it."


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("/a.png?w=1&h=%20x", "/a.png?w=1&h=%20x"),
        ("/a%2Fb;v=2/c;v=3.png", "/a%2Fb;v=2/c;v=3.png"),
        ("/größe.png?ü", "/gr%C3%B6%C3%9Fe.png?%C3%BC"),
        ("?only=query", "/?only=query"),
        ("/a.png#part", "/a.png"),
        ("/@user/a:b.png", "/@user/a:b.png"),
    ],
)
def test_paths_and_queries_are_asked_for_as_written(web: Web, file: Path, written: str, asked: str) -> None:
    web.files[asked] = b"found"
    fetch(web.url + written, file, LOOPBACK)
    assert web.asked == [asked]
    assert file.read_bytes() == b"found"


def test_a_host_name_that_is_not_ascii_is_asked_for_in_idna(web: Web, file: Path, names: Names) -> None:
    names("xn--bcher-kva.test", [["127.0.0.1"]])
    web.files["/a"] = b"found"
    fetch(f"http://Bücher.test:{web.port}/a", file, LOOPBACK)
    assert web.headers["host"] == f"xn--bcher-kva.test:{web.port}"


def test_who_asks_is_said_and_no_packing_is_wanted(web: Web, file: Path) -> None:
    web.files["/a"] = b"found"
    fetch(f"{web.url}/a", file, LOOPBACK)
    assert web.headers["user-agent"].startswith("Limelight/")
    assert web.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("parts", [1, 3])
def test_what_is_packed_all_the_same_is_unpacked(web: Web, file: Path, parts: int) -> None:
    part = b"A picture that its server keeps packed. " * 20_000 + random.Random(1).randbytes(90_000)
    content = part * parts
    web.answers["/a"] = Answer(gzip.compress(part) * parts, headers={"Content-Encoding": "gzip"})
    fetch(f"{web.url}/a", file, LOOPBACK)
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("encoding", "content", "code"),
    [
        ("gzip", b"not packed at all", "fetch_refused"),
        ("gzip", gzip.compress(random.Random(1).randbytes(9_000))[:-4_000], "fetch_failed"),
        ("br", b"of another kind", "fetch_refused"),
    ],
    ids=["not gzip", "half", "brotli"],
)
def test_a_packing_that_cannot_be_opened_is_no_file(
    web: Web, file: Path, encoding: str, content: bytes, code: str
) -> None:
    web.answers["/a"] = Answer(content, headers={"Content-Encoding": encoding})
    assert fault(f"{web.url}/a", file)[0] == code


# what may be asked


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://example.com/a", "it must begin with http:// or https://"),
        ("file:///etc/passwd", "it must begin with http:// or https://"),
        ("//example.com/a", "it must begin with http:// or https://"),
        ("a.png", "it must begin with http:// or https://"),
        ("data:image/png;base64,AAAA", "it must begin with http:// or https://"),
        ("http:///a.png", "it names no host"),
        ("http://example.com:0/", "it names no host"),
        ("http://example.com:99999/", "it is not a URL"),
        ("http://[::1/", "it is not a URL"),
        ("http://me:pass@example.com/", "it must not carry a user name or password"),
        ("http://@example.com/", "it must not carry a user name or password"),
        ("http://example.com\\@127.0.0.1/", "it must not carry a user name or password"),
        ("http://example.com/a b", "it has spaces or control characters"),
        ("http://example.com/\r\nX-Injected: 1", "it has spaces or control characters"),
        ("http://a..example.com/", "its host name is not valid"),
        (f"http://{'a' * 64}.com/", "its host name is not valid"),
        ("http://example.com/" + "a" * 4096, "it has 4115 characters, the limit is 4096"),
    ],
    ids=lambda value: value[:30],
)
def test_a_url_that_will_not_be_fetched_says_why(url: str, problem: str, file: Path, connections: list[Any]) -> None:
    assert url_problem(url) == problem
    code, message = fault(url, file)
    assert (code, problem in message) == ("fetch_refused", True)
    assert connections == []


@pytest.mark.parametrize("url", ["http://example.com", "HTTPS://EXAMPLE.com:8443/ü?ü#ü", "http://[2606:4700::1]/a"])
def test_a_good_url_has_no_problem(url: str) -> None:
    assert url_problem(url) is None


# what may be connected to


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0177.0.0.1", "0x7f000001", "１２７.0.0.1", "localhost", "LOCALHOST",
        "0.0.0.0", "0", "127.255.255.254", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    ],
)  # fmt: skip
def test_this_machine_is_refused_under_every_name(
    web: Web, file: Path, connections: list[tuple[str, int]], host: str
) -> None:
    web.files["/a"] = b"secret"
    code, message = fault(f"http://{host}:{web.port}/a", file, Allowed())
    assert code == "fetch_refused"
    assert "is not public" in message
    assert (connections, web.asked) == ([], [])


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
        "[fe80::1]", "[fc00::1]", "[fd12::1]", "[fec0::1]", "[ff02::1]", "[ff0e::1]", "[2001:db8::1]", "[100::1]",
        "[::ffff:10.0.0.1]", "[::10.0.0.1]", "[64:ff9b::10.0.0.1]", "[64:ff9b::169.254.169.254]",
        "[64:ff9b:1::10.0.0.1]", "[2002:7f00:1::1]", "[2002:a00:1::]", "[2001:0:102:304::80ff:fffe]",
    ],
)  # fmt: skip
def test_networks_that_are_not_public_are_refused_before_they_are_connected_to(
    file: Path, connections: list[tuple[str, int]], host: str
) -> None:
    code, message = fault(f"http://{host}/a", file, Allowed())
    assert code == "fetch_refused"
    assert "is not public" in message
    assert connections == []


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_need_no_leave(address: str) -> None:
    assert Allowed().permits("example.com", ipaddress.ip_address(address))


def test_a_redirect_to_what_is_not_public_is_refused(web: Web, file: Path, connections: list[tuple[str, int]]) -> None:
    with closing(Web("127.0.0.2")) as inner:
        inner.files["/a"] = b"secret"
        for target in (f"{inner.url}/a", f"http://[::ffff:127.0.0.2]:{inner.port}/a", "http://169.254.169.254/a"):
            web.answers["/go"] = Answer(status=302, headers={"Location": target})
            code, message = fault(f"{web.url}/go", file)
            assert (code, "is not public" in message) == ("fetch_refused", True)
        assert inner.asked == []
    assert {host for host, _ in connections} == {"127.0.0.1"}


def test_the_address_that_was_checked_is_the_one_connected_to(web: Web, file: Path, names: Names) -> None:
    """A name that stands for an allowed address when it is checked, and for another one a moment later."""
    asked = names("rebinding.test", [["127.0.0.1"], ["127.0.0.2"]])
    web.files["/a"] = b"allowed"
    with closing(Web("127.0.0.2", web.port)) as inner:
        inner.files["/a"] = b"secret"
        fetch(f"http://rebinding.test:{web.port}/a", file, LOOPBACK)
        assert file.read_bytes() == b"allowed"
        assert inner.asked == []
        assert asked == ["rebinding.test"]
        # The next fetch asks again, and is told of the other one.
        assert fault(f"http://rebinding.test:{web.port}/a", file)[0] == "fetch_refused"
        assert inner.asked == []


def test_an_address_that_refuses_leaves_the_others(
    web: Web, file: Path, names: Names, connections: list[tuple[str, int]]
) -> None:
    names("several.test", [["127.0.0.2", "::1", "127.0.0.1"]])
    web.files["/a"] = b"found"
    fetch(f"http://several.test:{web.port}/a", file, Allowed.parse("several.test"))
    assert file.read_bytes() == b"found"
    assert [host for host, _ in connections] == ["127.0.0.2", "::1", "127.0.0.1"]


def test_every_address_of_a_name_is_checked(web: Web, file: Path, names: Names) -> None:
    names("several.test", [["127.0.0.1", "127.0.0.2"]])
    with closing(Web("127.0.0.2")) as inner:
        inner.files["/a"] = b"secret"
        # Nothing listens at this port of the first address, which is allowed.
        code, message = fault(f"http://several.test:{inner.port}/a", file)
        assert (code, "127.0.0.2 is not public" in message) == ("fetch_refused", True)
        assert inner.asked == []


def test_proxies_of_the_environment_are_not_used(web: Web, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would connect to addresses that nobody has checked."""
    web.files["/a"] = b"found"
    with closing(Web()) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        fetch(f"{web.url}/a", file, LOOPBACK)
        assert (web.asked, proxy.asked) == (["/a"], [])


# LIMELIGHT_FETCH_ALLOW


@pytest.mark.parametrize(
    ("setting", "host"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.0/8", "127.0.0.1"),
        ("127.9.9.9/8", "127.0.0.1"),
        ("10.0.0.0/8, localhost", "localhost"),
        ("LocalHost.", "localhost"),
        ("media.test", "MEDIA.test."),
        ("media_store other", "media_store"),
        ("[::1] ::ffff:0:0/96", "[::ffff:127.0.0.1]"),
    ],
)
def test_what_the_setting_names_may_be_fetched_from(
    web: Web, file: Path, names: Names, setting: str, host: str
) -> None:
    names("media_store", [["127.0.0.1"]])
    names("media.test.", [["127.0.0.1"]])
    web.files["/a"] = b"found"
    fetch(f"http://{host}:{web.port}/a", file, Allowed.parse(setting))
    assert file.read_bytes() == b"found"


@pytest.mark.parametrize("setting", [None, "", " , ", "10.0.0.0/8", "127.0.0.2", "example.com", "::1", "local"])
def test_what_the_setting_does_not_name_stays_refused(web: Web, file: Path, setting: str | None) -> None:
    assert fault(f"http://localhost:{web.port}/a", file, Allowed.parse(setting))[0] == "fetch_refused"
    assert web.asked == []


@pytest.mark.parametrize(
    "entry",
    [
        "10.0.0.0/33",
        "10.0.0",
        "256.1.1.1",
        "http://media.internal",
        "media.internal:9000",
        "*.internal",
        "a..b",
        "ü.de",
    ],
)
def test_an_entry_that_means_nothing_is_named(entry: str) -> None:
    with pytest.raises(SpecError) as caught:
        Allowed.parse(f"127.0.0.1, {entry}")
    assert caught.value.message == (f"LIMELIGHT_FETCH_ALLOW is invalid: '{entry}' is no host name, address or network.")


# redirects


def chain(web: Web, count: int) -> str:
    """A URL from which so many redirects lead to a file."""
    for i in range(count):
        web.answers[f"/{i}"] = Answer(b"elsewhere", (301, 302, 303, 307, 308)[i % 5], {"Location": f"/{i + 1}"})
    web.files[f"/{count}"] = b"found"
    return f"{web.url}/0"


def test_five_redirects_are_followed(web: Web, file: Path) -> None:
    fetch(chain(web, 5), file, LOOPBACK)
    assert file.read_bytes() == b"found"


def test_six_redirects_are_not(web: Web, file: Path) -> None:
    code, message = fault(chain(web, 6), file)
    assert (code, "more than 5 redirects" in message) == ("fetch_refused", True)
    assert "/6" not in web.asked


def test_a_redirect_to_itself_ends(web: Web, file: Path) -> None:
    web.answers["/a"] = Answer(status=302, headers={"Location": "/a"})
    code, message = fault(f"{web.url}/a", file)
    assert (code, "more than 5 redirects" in message) == ("fetch_refused", True)
    assert len(web.asked) == 6


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("b.png?x=1#y", "/deep/b.png?x=1"),
        ("//{place}/b", "/b"),
        ("http://{place}/b;v=2", "/b;v=2"),
        ("/größe".encode(), "/gr%C3%B6%C3%9Fe"),
        ("/größe".encode("latin-1"), "/gr%C3%B6%C3%9Fe"),
    ],
    ids=str,
)
def test_a_redirect_may_be_relative_and_carry_any_letters(
    web: Web, file: Path, location: str | bytes, asked: str
) -> None:
    if isinstance(location, str):
        location = location.format(place=f"127.0.0.1:{web.port}")
    web.answers["/deep/a"] = Answer(status=302, headers={"Location": location})
    web.files[asked] = b"found"
    fetch(f"{web.url}/deep/a", file, LOOPBACK)
    assert web.asked == ["/deep/a", asked]


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://[bad/", "http://me:pass@127.0.0.1/", "data:,x", ""]
)
def test_a_redirect_to_what_cannot_be_fetched_is_refused(web: Web, file: Path, location: str) -> None:
    web.answers["/a"] = Answer(b"here", 302, {"Location": location})
    code, message = fault(f"{web.url}/a", file)
    assert code == "fetch_refused"
    assert "pass@" not in message
    assert web.asked == ["/a"]


# limits


@pytest.mark.parametrize("length", [-1, None], ids=["with a length", "without a length"])
def test_a_file_may_be_as_long_as_the_limit_and_no_longer(
    web: Web, file: Path, monkeypatch: pytest.MonkeyPatch, length: int | None
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 1_000_000)
    web.answers["/just"] = Answer(b"x" * 1_000_000, length=length)
    web.answers["/over"] = Answer(b"x" * 1_000_001, length=length)
    fetch(f"{web.url}/just", file, LOOPBACK)
    assert file.stat().st_size == 1_000_000
    assert fault(f"{web.url}/over", file) == (
        "fetch_refused", f"the URL {web.url}/over gives more than the limit of 1 MB."
    )  # fmt: skip
    assert file.stat().st_size <= 1_000_000


def test_a_length_over_the_limit_is_refused_before_the_first_byte(web: Web, file: Path) -> None:
    web.answers["/a"] = Answer(b"x", length=100_000_001)
    code, message = fault(f"{web.url}/a", file)
    assert (code, "100 MB" in message) == ("fetch_refused", True)
    assert not file.exists()


def test_a_small_file_that_unpacks_to_a_huge_one_ends_at_the_limit(
    web: Web, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 1_000_000)
    web.answers["/a"] = Answer(gzip.compress(bytes(20_000_000)), headers={"Content-Encoding": "gzip"})
    assert fault(f"{web.url}/a", file)[0] == "fetch_refused"
    assert file.stat().st_size <= 1_000_000


@pytest.mark.parametrize("status", [200, 302], ids=["one file", "redirects"])
def test_a_server_that_drips_is_left_at_the_deadline(
    web: Web, file: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """Each byte comes soon after the last one; all of them would take ten minutes."""
    monkeypatch.setattr(module, "TIMEOUT_S", 0.5)
    web.answers["/a"] = Answer(b"x" * 6_000, drip_s=0.1)
    web.answers["/go"] = Answer(status=status, headers={"Location": "/a"}) if status == 302 else web.answers["/a"]
    code, message = fault(f"{web.url}/go", file)
    assert (code, "was not fetched within 0.5 seconds" in message) == ("fetch_failed", True)


def test_a_server_that_drips_its_headers_is_left_at_the_deadline(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 0.5)

    def drip(listening: socket.socket) -> None:
        with listening.accept()[0] as connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not over.wait(0.1):
                connection.sendall(b"x")

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=drip, args=(listening,))
        server.start()
        try:
            # A limit for each read alone would never end.
            patience = threading.Timer(20, over.set)
            patience.start()
            code, message = fault(f"http://127.0.0.1:{listening.getsockname()[1]}/a", file)
            assert not over.is_set()
        finally:
            patience.cancel()
            over.set()
            server.join()
    assert (code, "was not fetched within 0.5 seconds" in message) == ("fetch_failed", True)


def test_an_address_that_does_not_answer_leaves_the_others_their_time(
    web: Web, file: Path, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its queue is full, so that connections to it wait."""
    monkeypatch.setattr(module, "TIMEOUT_S", 2.0)
    names("several.test", [["127.0.0.2", "127.0.0.1"]])
    web.files["/a"] = b"found"
    with contextlib.ExitStack() as full:
        silent = full.enter_context(socket.socket())
        silent.bind(("127.0.0.2", web.port))
        silent.listen(0)
        for _ in range(3):
            waiting = full.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(silent.getsockname())
        fetch(f"http://several.test:{web.port}/a", file, Allowed.parse("several.test"))
    assert file.read_bytes() == b"found"


def test_a_server_that_never_answers_is_left_at_the_deadline(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code, message = fault(f"http://127.0.0.1:{silent.getsockname()[1]}/a", file)
    assert (code, "was not fetched within 0.3 seconds" in message) == ("fetch_failed", True)


# what goes wrong


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "fetch_refused"), (401, "fetch_refused"), (403, "fetch_refused"), (410, "fetch_refused"),
        (204, "fetch_refused"), (206, "fetch_refused"),
        (429, "fetch_failed"), (408, "fetch_failed"), (425, "fetch_failed"), (500, "fetch_failed"),
        (503, "fetch_failed"),
    ],
)  # fmt: skip
def test_what_a_status_means_for_another_attempt(web: Web, file: Path, status: int, code: str) -> None:
    web.answers["/a"] = Answer(b"no" if status != 204 else b"", status)
    assert fault(f"{web.url}/a", file) == (code, f"the URL {web.url}/a answered {status} instead of 200.")
    assert not file.exists()


@pytest.mark.parametrize("length", [-1, None], ids=["with a length", "without a length"])
def test_an_empty_file_is_refused(web: Web, file: Path, length: int | None) -> None:
    web.answers["/a"] = Answer(b"", length=length)
    assert fault(f"{web.url}/a", file) == ("fetch_refused", f"the URL {web.url}/a gave an empty file.")


def test_a_file_that_breaks_off_is_not_taken_for_whole(web: Web, file: Path) -> None:
    web.answers["/a"] = Answer(b"half", length=8)
    assert fault(f"{web.url}/a", file) == (
        "fetch_failed", f"the URL {web.url}/a broke off or gave no valid answer."
    )  # fmt: skip


@pytest.mark.parametrize("length", ["-5", "many", "9" * 6_000], ids=["negative", "word", "huge"])
def test_a_length_that_is_none_is_no_valid_answer(web: Web, file: Path, length: str) -> None:
    web.answers["/a"] = Answer(b"x", headers={"Content-Length": length}, length=None)
    assert fault(f"{web.url}/a", file)[0] == "fetch_failed"


def test_where_nothing_listens_another_attempt_may_do_better(file: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/a"
    assert fault(url, file) == ("fetch_failed", f"the URL {url} cannot be reached.")


def test_an_unknown_host_is_named(file: Path) -> None:
    assert fault("http://nobody.invalid/a", file) == ("fetch_failed", "the host nobody.invalid is not known.")


def test_a_full_disk_is_not_blamed_on_the_url(web: Web) -> None:
    web.files["/a"] = b"x" * 100_000
    code, message = fault(f"{web.url}/a", Path("/dev/full"))
    assert (code, "cannot be stored: No space left on device" in message) == ("fetch_failed", True)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=404), Answer(status=500), Answer(b""), Answer(b"half", length=8), Answer(b"x", length=10**9),
        Answer(status=302, headers={"Location": "/a"}), Answer(status=302, headers={"Location": "http://10.0.0.1/"}),
        Answer(b"x", headers={"Content-Encoding": "br"}),
    ],
    ids=["404", "500", "empty", "half", "long", "loop", "inner", "packed"],
)  # fmt: skip
def test_no_message_has_the_query_of_a_url(web: Web, file: Path, answer: Answer) -> None:
    """Queries of links that expire are as good as passwords."""
    if answer.headers.get("Location") == "/a":
        answer = Answer(status=302, headers={"Location": f"/a?{SECRET}"})
    web.answers[f"/a?{SECRET}"] = answer
    with pytest.raises(MediaError) as caught:
        fetch(f"{web.url}/a?{SECRET}#part", file, LOOPBACK)
    assert web.asked[0] == f"/a?{SECRET}"
    assert "s3cr3t" not in caught.value.message
    assert "part" not in caught.value.message


def test_a_message_shows_the_host_and_path_and_not_more_than_is_readable(web: Web, file: Path) -> None:
    assert f"{web.url}/@user/a.png answered 404" in fault(f"{web.url}/@user/a.png#part", file)[1]
    assert len(fault(f"{web.url}/{'a' * 3000}", file)[1]) < 300


# TLS


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signed itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[Web]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with closing(Web(tls=tls)) as web:
        yield web


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: Web, file: Path) -> None:
    secure.files["/a"] = b"found"
    assert fault(f"{secure.url}/a", file) == (
        "fetch_refused", f"the URL {secure.url}/a cannot be fetched: its certificate is not valid."
    )  # fmt: skip
    assert secure.asked == []


def test_a_certificate_that_is_vouched_for_is_taken_for_its_own_host_only(
    secure: Web, certificate: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certifi, "where", lambda: str(certificate))
    secure.files["/a"] = b"found"
    fetch(f"{secure.url}/a", file, LOOPBACK)
    assert file.read_bytes() == b"found"
    code, message = fault(f"https://localhost:{secure.port}/a", file, Allowed.parse("localhost"))
    assert (code, "its certificate is not valid" in message) == ("fetch_refused", True)


def test_a_server_that_speaks_no_tls_is_not_blamed_for_its_certificate(web: Web, file: Path) -> None:
    code, message = fault(f"https://127.0.0.1:{web.port}/a", file)
    assert (code, "certificate" in message) == ("fetch_failed", False)
