"""Content credentials (C2PA): a signed manifest in the film that says that it was generated."""

import json
from pathlib import Path
from typing import Any

from dreambridge import __version__
from dreambridge.protocol.errors import DreamError

MIME = {"mp4": "video/mp4", "gif": "image/gif", "sheet": "image/png"}
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


class Signer:
    """Signs films, or says in ``said`` why it does not."""

    def __init__(self, said: str, form: str = "", chain: bytes = b"", key: bytes = b"") -> None:
        self.said, self._form, self._chain, self._key = said, form, chain, key

    def sign(self, film: Path, title: str) -> None:
        """Replace ``film`` by the same film with a manifest. DreamError ``bad_argument`` if the certificate does not do."""
        if not self._chain:
            return
        import c2pa

        action = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE}
        manifest: dict[str, Any] = {
            "claim_generator_info": [{"name": "dreambridge", "version": __version__}],
            "title": title,
            "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
        }
        part = film.with_name(f"{film.stem}.signed{film.suffix}")
        try:
            info = c2pa.C2paSignerInfo(b"es256", self._chain, self._key, None)
            with (
                c2pa.Signer.from_info(info) as signer,
                c2pa.Builder(json.dumps(manifest)) as builder,
                film.open("rb") as source,
                part.open("w+b") as target,
            ):
                builder.sign(signer, MIME[self._form], source, target)
        except c2pa.C2paError as e:
            part.unlink(missing_ok=True)
            hint = "Give the chain of an ES256 certificate for signing content, and its key."
            raise DreamError("bad_argument", f"The film cannot be signed: {e}.", hint) from e
        part.replace(film)


def signer_of(certificate: tuple[Path, Path] | None, form: str) -> Signer:
    """``certificate``: files of the chain and its key (PEM). DreamError ``no_access``, ``missing_package``, ``bad_argument``."""
    try:
        import c2pa  # noqa: F401
    except ImportError as e:
        if certificate:
            hint = "Install it: pip install 'dreambridge[c2pa]'."
            raise DreamError("missing_package", "Signing needs the package c2pa-python, which is not installed.", hint) from e
        return Signer("none, because c2pa-python is not installed (pip install 'dreambridge[c2pa]')")
    if certificate is None:
        return Signer("none, because no --certificate was given")
    if form not in MIME:
        raise DreamError("bad_argument", f"Films of the format {form} cannot be signed.", f"Use one of: {', '.join(MIME)}.")
    try:
        chain, key = (p.read_bytes() for p in certificate)
    except OSError as e:
        raise DreamError("no_access", f"{e.filename} cannot be read: {e.strerror}.", "Check the path.") from e
    return Signer("C2PA, signed with the given certificate", form, chain, key)
