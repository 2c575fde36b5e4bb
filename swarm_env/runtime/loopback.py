"""Which names and addresses stand for this machine."""

import ipaddress


def is_loopback_name(name: str) -> bool:
    """Whether a host name or address, without a port, stands for this machine."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
