"""TLS towards one API server, with the leniencies of Go's TLS that clusters in the field rely on."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

from fairlead.adapters.kube.connection import ClientCertificate, Trust
from fairlead.model.errors import InputError


def tls_context(trust: Trust, certificate: ClientCertificate | None, *, origin: str) -> ssl.SSLContext:
    """Raises InputError when authorities or client certificate cannot be used; *origin* names the kubeconfig."""
    context = _trusting(trust, origin)
    if certificate is not None:
        _present(context, certificate, origin)
    return context


def _trusting(trust: Trust, origin: str) -> ssl.SSLContext:
    try:
        authorities = trust.authorities.decode("ascii", "ignore")
        context = ssl.create_default_context(cadata=authorities or None)
    except ssl.SSLError as err:
        raise InputError(
            f"the certificate authority in {origin} cannot be read: {err.reason}", hint="see that it is PEM"
        ) from err
    # Go accepts an intermediate as the root, and authorities without the extensions that OpenSSL's strict mode wants.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if trust.skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _present(context: ssl.SSLContext, certificate: ClientCertificate, origin: str) -> None:
    # OpenSSL's binding takes files only: a 0600 file in a 0700 folder, gone before the first request.
    with tempfile.TemporaryDirectory(prefix="fairlead-") as folder:
        pair = Path(folder) / "pair.pem"
        descriptor = os.open(pair, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(certificate.certificate.rstrip() + b"\n" + certificate.key.reveal().encode())
        try:
            # Without a password OpenSSL would ask for one at the terminal.
            context.load_cert_chain(pair, password="")
        except (ssl.SSLError, ValueError) as err:
            raise InputError(
                f"the client certificate in {origin} cannot be used: {getattr(err, 'reason', None) or err}",
                hint="see that certificate and key are PEM, belong together, and that the key has no password",
            ) from err
