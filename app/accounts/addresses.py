"""Where a request comes from, as far as it can be told by something that a client cannot forge."""

from ipaddress import IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

# Of IPv6 one customer has all addresses that share this many bits.
CUSTOMER_BITS = 64


def client_address(request: HttpRequest) -> str | None:
    """The client's address; of IPv6 its network. None where there is none.

    In the stack only nginx reaches us, and it overwrites X-Forwarded-For with the one address that it believes in
    (nginx/includes/forward.conf). Without nginx that header is whatever the client likes.
    """
    given = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_NGINX:
        given = request.META.get("HTTP_X_FORWARDED_FOR", given)
    try:
        address = ip_address(given)
    except ValueError:
        return None
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), CUSTOMER_BITS), strict=False).network_address)
