"""Names of hosts, written the same way whether a setting or a request gives them."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def host_name(value: str) -> str:
    """Return the host of `name`, `name:port`, `[address]:port` or an address, lower case; "" for no host."""
    bare = value.count(":") > 1 and not value.startswith("[")  # an IPv6 address without its brackets
    try:
        name = (urlsplit(f"//[{value}]" if bare else f"//{value}").hostname or "").lower()
    except ValueError:
        return ""
    try:
        return ipaddress.ip_address(name).compressed
    except ValueError:
        return name


def is_host(value: str) -> bool:
    """Tell whether a setting names a host and nothing beside it, as a URL does."""
    return not set(value) & set("/?#@ ") and bool(host_name(value))


def foreign(origin: str, host: str) -> bool:
    """Tell whether a request's Origin is another one than its Host."""
    try:
        return urlsplit(origin).netloc.lower() != host.lower()
    except ValueError:
        return True
