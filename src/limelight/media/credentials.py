"""C2PA content credentials: a signed statement in the film that it was made by AI, where a signing key is configured.

The package `c2pa-python` is an extra (`pip install 'limelight[credentials]'`). It signs MP4; for WebM it has no form.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from limelight import __version__
from limelight.errors import MediaError, SpecError
from limelight.media.film import DIGITAL_SOURCE_TYPE

if TYPE_CHECKING:
    import c2pa

CERTIFICATES, KEY, TSA_URL = "LIMELIGHT_C2PA_CERTIFICATES", "LIMELIGHT_C2PA_KEY", "LIMELIGHT_C2PA_TSA_URL"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What films are signed with."""

    #: PEM: the signer's certificate, then those that vouch for it
    certificates: str
    #: PEM: the private key
    key: str
    #: A time stamp authority, asked for each film; none without it.
    tsa_url: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Credentials | None:
        """What the variables name; None where they are not set. Raises SpecError that says what is wrong."""
        files = {name: environment.get(name) for name in (CERTIFICATES, KEY)}
        missing = [name for name, file in files.items() if not file]
        if len(missing) == len(files):
            return None
        if missing:
            raise SpecError(f"{missing[0]} is invalid: it is not set, but signing needs both {CERTIFICATES} and {KEY}.")
        found = cls(_read(CERTIFICATES, files[CERTIFICATES]), _read(KEY, files[KEY]), environment.get(TSA_URL) or None)
        found.signer().close()
        return found

    def signer(self) -> c2pa.Signer:
        """What signs; to be closed. Raises SpecError where key and certificates cannot be used."""
        try:
            import c2pa
        except ImportError as error:
            raise SpecError(
                f"{CERTIFICATES} is set, but signing needs a package: pip install 'limelight[credentials]'."
            ) from error
        try:
            return c2pa.Signer.from_info(
                c2pa.C2paSignerInfo(
                    alg=_algorithm(self.key),
                    sign_cert=self.certificates.encode(),
                    private_key=self.key.encode(),
                    ta_url=self.tsa_url.encode() if self.tsa_url else None,
                )
            )
        except (c2pa.C2paError, ValueError, TypeError) as error:
            raise SpecError(f"{CERTIFICATES} or {KEY} is invalid: {' '.join(str(error).split())}.") from error


def sign(film: Path, title: str | None, credentials: Credentials) -> None:
    """Put content credentials into a finished MP4, in place. Raises MediaError."""
    import c2pa

    manifest = {
        "claim_generator_info": [{"name": "Limelight", "version": __version__}],
        "title": title or film.name,
        "format": "video/mp4",
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": DIGITAL_SOURCE_TYPE}]},
            }
        ],
    }
    signed = film.with_name(f"signed-{film.name}")
    try:
        with c2pa.Builder(json.dumps(manifest)) as builder, credentials.signer() as signer:
            builder.sign_file(film, signed, signer)
        os.replace(signed, film)
    except (c2pa.C2paError, OSError) as error:
        raise MediaError(f"the film cannot be signed: {' '.join(str(error).split())}.") from error


def _read(name: str, file: str | None) -> str:
    try:
        return Path(file or "").read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{name} is invalid: it names no PEM file that can be read.") from error


def _algorithm(key: str) -> str:
    """C2PA's name of the signature that a private key makes. Raises ValueError for another kind of key."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    loaded = load_pem_private_key(key.encode(), None)
    if isinstance(loaded, ec.EllipticCurvePrivateKey) and loaded.curve.key_size in (256, 384, 521):
        return {256: "es256", 384: "es384", 521: "es512"}[loaded.curve.key_size]
    if isinstance(loaded, rsa.RSAPrivateKey):
        return "ps256"
    if isinstance(loaded, ed25519.Ed25519PrivateKey):
        return "ed25519"
    raise ValueError("the key is none of EC P-256, P-384 or P-521, RSA and Ed25519")
