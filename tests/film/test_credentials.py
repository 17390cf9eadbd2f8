"""Content credentials: films are signed with certificates made here, and read back as anybody would."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import c2pa
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from films import boxes, frames, sound
from limelight import render
from limelight.errors import SpecError
from limelight.jobs.child import answer_request
from limelight.jobs.messages import JoinScenes
from limelight.media.credentials import CERTIFICATES, KEY, Credentials, sign
from limelight.results import Film, Segment
from limelight.spec import VideoSpec
from scenes import silent_scene

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

TITLE = "Signed, sealed, delivered"
SPEC = VideoSpec(scenes=(silent_scene(0.2, "#20c040", presenter=False),), width=128, height=128, title=TITLE)
KEYS: dict[str, Callable[[], PrivateKey]] = {
    "Es256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "Es384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "Ps256": lambda: rsa.generate_private_key(65537, 2048),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}


def certificate(
    name: str, key: PrivateKey, issuer: str, issuer_key: PrivateKey, *, usage: x509.ObjectIdentifier | None
) -> x509.Certificate:
    """A signer's certificate, or that of an authority where there is no usage, as C2PA wants them."""
    now, authority = datetime.datetime.now(datetime.UTC), usage is None
    unused = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    made = (
        x509.CertificateBuilder()
        .subject_name(distinguished(name))
        .issuer_name(distinguished(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority,
                key_cert_sign=authority,
                crl_sign=authority,
                encipher_only=False,
                decipher_only=False,
                **dict.fromkeys(unused, False),
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if usage is not None:
        made = made.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return made.sign(issuer_key, hashes.SHA256())


def distinguished(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "A studio"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )


def key_pem(key: PrivateKey, form: PrivateFormat = PrivateFormat.PKCS8, *, password: bytes | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(password) if password else NoEncryption())


class Signer:
    """A signer's files in a folder, and the variables that name them."""

    def __init__(
        self,
        folder: Path,
        key: PrivateKey | None = None,
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ) -> None:
        self.key = key or KEYS["Es256"]()
        authority = KEYS["Es256"]()
        self.certificates, self.key_file = folder / "certificates.pem", folder / "key.pem"
        self.chain = [
            certificate("Films", self.key, "Authority", authority, usage=usage).public_bytes(Encoding.PEM),
            certificate("Authority", authority, "Authority", authority, usage=None).public_bytes(Encoding.PEM),
        ]
        self.certificates.write_bytes(b"".join(self.chain))
        self.key_file.write_bytes(key_pem(self.key))
        self.environment = {CERTIFICATES: str(self.certificates), KEY: str(self.key_file)}

    def credentials(self) -> Credentials:
        found = Credentials.from_environment(self.environment)
        assert found
        return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Segment, bytes]:
    """A rendered scene, and the unsigned film of it."""
    folder = tmp_path_factory.mktemp("film")
    segment = render.render_scene(SPEC, 0, folder, {}, lambda _: None)
    return segment, render.join_scenes(SPEC, [segment], folder, lambda _: None).video.read_bytes()


@pytest.fixture
def film(made: tuple[Segment, bytes], tmp_path: Path) -> Path:
    """An unsigned film of the test's own."""
    film = tmp_path / "film.mp4"
    film.write_bytes(made[1])
    return film


def read(film: Path) -> tuple[dict[str, Any], set[str]]:
    """The manifest that the film carries, and everything that is wrong with it."""
    with c2pa.Reader(str(film)) as reader:
        store = json.loads(reader.json())
    manifest: dict[str, Any] = store["manifests"][store["active_manifest"]]
    return manifest, {problem["code"] for problem in store.get("validation_status", [])}


#: Whoever reads the film does not know an authority that was made a moment ago; all else is as it should be.
UNKNOWN_AUTHORITY = {"signingCredential.untrusted"}


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_signed_film_says_that_a_model_made_it_and_plays_as_before(
    algorithm: str, film: Path, tmp_path: Path
) -> None:
    before = frames(film), sound(film)
    sign(film, TITLE, Signer(tmp_path, KEYS[algorithm]()).credentials())
    manifest, problems = read(film)
    assert problems == UNKNOWN_AUTHORITY
    assert manifest["title"] == TITLE
    assert manifest["claim_generator_info"][0]["name"] == "Limelight"
    assert manifest["signature_info"]["alg"] == algorithm
    assert manifest["signature_info"]["common_name"] == "Films"
    (actions,) = (a["data"]["actions"] for a in manifest["assertions"] if a["label"].startswith("c2pa.actions"))
    made_by_ai = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    assert actions == [{"action": "c2pa.created", "digitalSourceType": made_by_ai}]
    assert np.array_equal(before[0], frames(film))
    assert np.array_equal(before[1], sound(film))
    assert (order := boxes(film)).index("moov") < order.index("mdat"), "plays from its first byte"


def test_a_film_without_a_title_is_called_by_its_file(film: Path, tmp_path: Path) -> None:
    sign(film, None, Signer(tmp_path).credentials())
    assert read(film)[0]["title"] == "film.mp4"


@pytest.mark.parametrize("box", [b"mdat", b"moov"])
def test_a_changed_byte_is_found_out(box: bytes, film: Path, tmp_path: Path) -> None:
    sign(film, TITLE, Signer(tmp_path).credentials())
    data = bytearray(film.read_bytes())
    data[data.rindex(box) + 60] ^= 1
    film.write_bytes(data)
    assert "assertion.bmffHash.mismatch" in read(film)[1]


@pytest.mark.parametrize(
    "usage", ["1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1"], ids=["document signing", "C2PA claim signing"]
)
def test_certificates_that_are_not_for_e_mail_sign_too(usage: str, film: Path, tmp_path: Path) -> None:
    sign(film, TITLE, Signer(tmp_path, usage=x509.ObjectIdentifier(usage)).credentials())
    with (
        c2pa.Settings.from_dict({"trust": {"trust_config": usage}}) as settings,
        c2pa.Context(settings) as context,
        c2pa.Reader(str(film), context=context) as reader,
    ):
        assert reader.get_validation_state() == "Valid"


@pytest.mark.parametrize("algorithm", ["Es256", "Ps256"])
def test_a_key_in_openssl_s_own_form_signs_too(algorithm: str, film: Path, tmp_path: Path) -> None:
    signer = Signer(tmp_path, KEYS[algorithm]())
    signer.key_file.write_bytes(key_pem(signer.key, PrivateFormat.TraditionalOpenSSL))
    sign(film, TITLE, signer.credentials())
    assert read(film)[1] == UNKNOWN_AUTHORITY


# Settings


@pytest.mark.parametrize("environment", [{}, {CERTIFICATES: "", KEY: ""}])
def test_without_settings_there_is_nothing_to_sign_with(environment: dict[str, str]) -> None:
    assert Credentials.from_environment(environment) is None


@pytest.mark.parametrize(("absent", "present"), [(KEY, CERTIFICATES), (CERTIFICATES, KEY)])
def test_one_setting_of_the_two_is_not_enough(absent: str, present: str, tmp_path: Path) -> None:
    environment = {present: Signer(tmp_path).environment[present]}
    with pytest.raises(SpecError, match=f"^{absent} is invalid: it is not set, but signing needs both "):
        Credentials.from_environment(environment)


def another_key(signer: Signer) -> None:
    signer.key_file.write_bytes(key_pem(KEYS["Es256"]()))


def another_kind_of_key(signer: Signer) -> None:
    signer.key_file.write_bytes(key_pem(KEYS["Ed25519"]()))


def unknown_curve(signer: Signer) -> None:
    signer.key_file.write_bytes(key_pem(ec.generate_private_key(ec.SECP256K1())))


def encrypted_key(signer: Signer) -> None:
    signer.key_file.write_bytes(key_pem(signer.key, password=b"secret"))


def no_key(signer: Signer) -> None:
    signer.key_file.write_bytes(b"certainly no key")


def no_key_file(signer: Signer) -> None:
    signer.key_file.unlink()


def no_certificates(signer: Signer) -> None:
    signer.certificates.write_bytes(b"certainly no certificates")


def no_certificates_file(signer: Signer) -> None:
    signer.certificates.unlink()


def authority_first(signer: Signer) -> None:
    signer.certificates.write_bytes(b"".join(reversed(signer.chain)))


def an_authority_s_own(signer: Signer) -> None:
    own = certificate("Films", signer.key, "Films", signer.key, usage=None)
    signer.certificates.write_bytes(own.public_bytes(Encoding.PEM))


def for_a_web_server(signer: Signer) -> None:
    usage, authority = ExtendedKeyUsageOID.SERVER_AUTH, KEYS["Es256"]()
    other = certificate("Films", signer.key, "Authority", authority, usage=usage)
    signer.certificates.write_bytes(other.public_bytes(Encoding.PEM))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (another_key, f"{KEY} is invalid: it is not the key of the first certificate in {CERTIFICATES}."),
        (another_kind_of_key, f"{KEY} is invalid: it is not the key of the first certificate in {CERTIFICATES}."),
        (authority_first, f"{KEY} is invalid: it is not the key of the first certificate in {CERTIFICATES}."),
        (unknown_curve, f"{KEY} is invalid: it is none of EC P-256, P-384 or P-521, RSA and Ed25519."),
        (encrypted_key, f"{KEY} is invalid: its file is encrypted, only a plain key can be used."),
        (no_key, f"{KEY} is invalid: its file holds no private key in PEM."),
        (no_key_file, f"{KEY} is invalid: it names no file that can be read."),
        (no_certificates, f"{CERTIFICATES} is invalid: its file holds no certificates in PEM."),
        (no_certificates_file, f"{CERTIFICATES} is invalid: it names no file that can be read."),
        (an_authority_s_own, f"{CERTIFICATES} is invalid: films cannot be signed with it: "),
        (for_a_web_server, f"{CERTIFICATES} is invalid: films cannot be signed with it: "),
    ],
)
def test_what_cannot_sign_is_said_before_a_film_is_made(
    spoil: Callable[[Signer], None], said: str, tmp_path: Path
) -> None:
    signer = Signer(tmp_path)
    spoil(signer)
    with pytest.raises(SpecError) as caught:
        signer.credentials()
    assert caught.value.message.startswith(said)
    assert str(tmp_path) not in caught.value.message
    assert "BEGIN" not in caught.value.message


# Where films are made


def joined(segment: Segment, folder: Path) -> Film:
    """The answer of a child process to `join`, with the scene's picture as its captioned one too."""
    folder.mkdir()
    captioned = dataclasses.replace(segment, captioned=segment.video)
    request = JoinScenes(renderer="limelight.render", spec=SPEC, folder=folder, segments=(captioned,))
    film = answer_request(request, lambda _: None)
    assert isinstance(film, Film)
    return film


def test_a_job_signs_its_films_where_settings_say_so(
    made: tuple[Segment, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (CERTIFICATES, KEY):
        monkeypatch.delenv(name, raising=False)
    plain = joined(made[0], tmp_path / "plain")
    for name in ("video", "captioned"):
        with pytest.raises(c2pa.C2paError, match="ManifestNotFound"):
            read(getattr(plain, name))
    for name, file in Signer(tmp_path).environment.items():
        monkeypatch.setenv(name, file)
    signed = joined(made[0], tmp_path / "signed")
    for name in ("video", "captioned"):
        manifest, problems = read(getattr(signed, name))
        assert (manifest["title"], problems) == (TITLE, UNKNOWN_AUTHORITY)
        assert np.array_equal(frames(getattr(signed, name)), frames(getattr(plain, name)))
