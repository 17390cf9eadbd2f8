"""C2PA content credentials: a signed statement in the film that AI made it, where a signing key is configured.

The package `c2pa-python` is an extra (`pip install 'limelight[credentials]'`). It signs MP4, but cannot sign WebM.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from limelight import __version__
from limelight.errors import MediaError, SpecError
from limelight.media.film import DIGITAL_SOURCE_TYPE

if TYPE_CHECKING:
    import c2pa

CERTIFICATES, KEY, TSA_URL = "LIMELIGHT_C2PA_CERTIFICATES", "LIMELIGHT_C2PA_KEY", "LIMELIGHT_C2PA_TSA_URL"

#: The statement that a trained model created all of the film.
_CREATED = {
    "label": "c2pa.actions.v2",
    "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": DIGITAL_SOURCE_TYPE}]},
}
#: Extended key usages of a signer's certificate. By default the package accepts only certificates for e-mail when it
#: checks its own signature, though authorities issue those for documents and for C2PA.
_USAGES = (
    "1.3.6.1.5.5.7.3.4",  # e-mail
    "1.3.6.1.5.5.7.3.36",  # documents
    "1.3.6.1.4.1.62558.2.1",  # C2PA claims
)
_ONE_PIXEL_GIF = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key to sign films with."""

    #: PEM: the certificate chain, the signer's first
    certificates: str
    #: PEM, PKCS #8, not encrypted: the private key
    key: str
    #: C2PA's name of the key's signature algorithm
    algorithm: str
    #: a time stamp authority for the signatures; None for none
    tsa_url: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Credentials | None:
        """The credentials that the variables name; None where they are not set. Raises SpecError naming the problem."""
        files = {name: environment.get(name) for name in (CERTIFICATES, KEY)}
        missing = [name for name, file in files.items() if not file]
        if len(missing) == len(files):
            return None
        if missing:
            raise SpecError(f"{missing[0]} is invalid: it is not set, but signing needs both {CERTIFICATES} and {KEY}.")
        certificates, key = _read(CERTIFICATES, files[CERTIFICATES]), _read(KEY, files[KEY])
        try:
            found = cls(*_checked(certificates, key), environment.get(TSA_URL) or None)
            found.try_out()
        except ImportError as error:
            raise SpecError(
                f"{CERTIFICATES} is set, but signing needs more packages: pip install 'limelight[credentials]'."
            ) from error
        return found

    def try_out(self) -> None:
        """Sign a picture of one pixel. Raises SpecError where that fails.

        Only the package knows all that C2PA requires of a certificate, and checks it when it signs; the first finished
        film would be too late to find out.
        """
        import c2pa

        untimed = replace(self, tsa_url=None)
        try:
            with _builder({"assertions": [_CREATED]}) as builder, untimed.signer() as signer:
                builder.sign(signer, "image/gif", io.BytesIO(_ONE_PIXEL_GIF), io.BytesIO())
        except c2pa.C2paError as error:
            raise SpecError(f"{CERTIFICATES} is invalid: films cannot be signed with it: {_line(error)}.") from error

    def signer(self) -> c2pa.Signer:
        """The package's signer; the caller closes it. Raises C2paError where key and certificates cannot be used."""
        import c2pa

        return c2pa.Signer.from_info(
            c2pa.C2paSignerInfo(
                alg=self.algorithm,
                sign_cert=self.certificates.encode(),
                private_key=self.key.encode(),
                ta_url=self.tsa_url.encode() if self.tsa_url else None,
            )
        )


def sign(film: Path, title: str | None, credentials: Credentials) -> None:
    """Put content credentials into a finished MP4, in place. Raises MediaError."""
    import c2pa

    manifest = {
        "claim_generator_info": [{"name": "Limelight", "version": __version__}],
        "title": title or film.name,
        "format": "video/mp4",
        "assertions": [_CREATED],
    }
    signed = film.with_name(f"signed-{film.name}")
    try:
        with _builder(manifest) as builder, credentials.signer() as signer:
            builder.sign_file(film, signed, signer)
        os.replace(signed, film)
    except (c2pa.C2paError, OSError) as error:
        raise MediaError(f"the film cannot be signed: {_line(error)}.") from error


@contextmanager
def _builder(manifest: Mapping[str, object]) -> Iterator[c2pa.Builder]:
    import c2pa

    with (
        c2pa.Settings.from_dict({"trust": {"trust_config": "\n".join(_USAGES)}}) as settings,
        c2pa.Context(settings) as context,
        c2pa.Builder(manifest, context) as builder,
    ):
        yield builder


def _read(name: str, file: str | None) -> bytes:
    try:
        return Path(file or "").read_bytes()
    except OSError as error:
        raise SpecError(f"{name} is invalid: it names no file that can be read.") from error


def _checked(certificates: bytes, key: bytes) -> tuple[str, str, str]:
    """Certificates and key in the form that C2PA's package reads, and the algorithm. Raises SpecError, also where the
    two are no pair."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )
    from cryptography.x509 import load_pem_x509_certificates

    try:
        chain = load_pem_x509_certificates(certificates)
        certified = chain[0].public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SpecError(f"{CERTIFICATES} is invalid: its file holds no certificates in PEM.") from error
    try:
        private = load_pem_private_key(key, None)
    except TypeError as error:
        raise SpecError(f"{KEY} is invalid: its file is encrypted, only a plain key can be used.") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SpecError(f"{KEY} is invalid: its file holds no private key in PEM.") from error
    algorithm = _algorithm(private)
    if private.public_key() != certified:
        raise SpecError(f"{KEY} is invalid: it is not the key of the first certificate in {CERTIFICATES}.")
    pem = "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in chain)
    # The package does not read OpenSSL's own form of EC and RSA keys.
    return pem, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), algorithm


def _algorithm(key: object) -> str:
    """C2PA's name of the signature that a private key makes. Raises SpecError for another kind of key."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey):
        curves = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
        if key.curve.name in curves:
            return curves[key.curve.name]
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    raise SpecError(f"{KEY} is invalid: it is none of EC P-256, P-384 or P-521, RSA and Ed25519.")


def _line(error: Exception) -> str:
    """An error's message on one line, without a full stop."""
    return " ".join(str(error).split()).rstrip(".")
