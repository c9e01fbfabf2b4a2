"""A TLS connection as an openssl command, for a person to repeat it by hand."""

from __future__ import annotations

import shlex

from seakeep.checks.check import IpFamily
from seakeep.checks.http import TlsOptions
from seakeep.probes.address import Address
from seakeep.probes.resolver import is_address
from seakeep.redact import redact

__all__ = ["openssl_line"]


def openssl_line(
    address: Address, options: TlsOptions, ip: IpFamily, starttls: str | None = None
) -> str:
    """Return the command on one line, every argument quoted; it shows the handshake and stays.

    Args:
        address: Where to connect to.
        options: What the check says of TLS.
        ip: Which addresses count.
        starttls: The protocol in which TLS is asked for, if any.
    """
    name = options.server_name or address.name
    arguments = ["openssl", "s_client", "-connect", str(address)]
    arguments += [f"-{ip}"] if ip in {"4", "6"} else []
    arguments += ["-starttls", starttls] if starttls else []
    # As Python has it: an address is no server name (RFC 6066, section 3), and yet verified.
    arguments += ["-noservername"] if is_address(name) else ["-servername", name]
    if options.verify:
        arguments += ["-verify_return_error"]
        arguments += ["-verify_ip" if is_address(name) else "-verify_hostname", name]
    for option, file in (
        ("-CAfile", options.ca),
        ("-cert", options.certificate),
        ("-key", options.key),
    ):
        arguments += [option, str(file)] if file is not None else []
    if options.key_password_env is not None:
        arguments += ["-passin", f"env:{options.key_password_env}"]
    return " ".join(shlex.quote(redact(argument)) for argument in arguments)
