"""How a message reaches the platform: one POST, no redirect, no address inside our own network unless the operator says so."""

import ipaddress
import os
import socket
from urllib.parse import urlsplit

_SECONDS = 10.0


def send(url: str, body: bytes, headers: dict[str, str]) -> int | str:
    """The status of the answer, or in words why there is none.

    The name is looked up once, every address of it is checked, and the connection goes to the address that was checked.
    """
    import httpx2

    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        return "the address must begin with https:// or http://"
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return f"{host} has no address: {error}"
    addresses = [str(info[4][0]) for info in found]
    if os.environ.get("VIGIE_PRIVATE_WEBHOOKS") != "1" and not all(
        ipaddress.ip_address(one.partition("%")[0]).is_global for one in addresses
    ):
        return f"{host} is an address inside a private network: refused"
    literal = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    target = parts._replace(netloc=f"{literal}:{port}").geturl()
    try:
        with httpx2.Client(timeout=_SECONDS, follow_redirects=False, trust_env=False) as client:
            request = client.build_request(
                "POST", target, content=body, headers={**headers, "Host": parts.netloc.rpartition("@")[2]}
            )
            request.extensions["sni_hostname"] = host
            return client.send(request).status_code
    except httpx2.HTTPError as error:
        return f"{type(error).__name__}: {error}"
