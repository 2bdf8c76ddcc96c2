"""The requests that are timed, and the policies that they meet."""

from __future__ import annotations

from dataclasses import dataclass

REFUSED = "https://evil.example.net"
REQUEST_HEADERS = ("authorization", "content-type", "x-requested-with")


@dataclass(frozen=True)
class Case:
    """One kind of request to one kind of application."""

    name: str
    title: str
    origin: str = "allowed"  # allowed, refused or none
    policy: str = "exact"  # exact, pattern, copied or public
    preflight: bool = False
    view: bool = False
    covered: bool = True  # is the route that is asked one with CORS?
    origins: int = 3
    routes: int = 1

    @property
    def allowed_origins(self) -> list[str]:
        return [f"https://client{i}.example.com" for i in range(self.origins)]

    @property
    def paths(self) -> list[str]:
        return [f"/api/item{i}" for i in range(self.routes)]

    @property
    def wildcard(self) -> bool:
        return self.policy in ("copied", "public")

    @property
    def credentials(self) -> bool:
        return self.policy != "public"

    @property
    def expose_headers(self) -> str | tuple[str, ...]:
        if self.policy == "copied":
            return "*"
        return () if self.policy == "public" else ("X-Request-Id",)

    @property
    def allow_headers(self) -> str | tuple[str, ...]:
        return "*" if self.policy == "copied" else REQUEST_HEADERS

    def requests(self) -> list[bytes]:
        """What is sent in turn: up to 256 requests, spread over all origins and routes."""
        paths = spread(self.paths) if self.covered else ["/plain"]
        origins: list[str | None] = [None]
        if self.origin == "allowed":
            origins = [*spread(self.allowed_origins)]
        elif self.origin == "refused":
            origins = [REFUSED]
        count = max(len(paths), len(origins))
        return [
            self.request(paths[i % len(paths)], origins[i % len(origins)]) for i in range(count)
        ]

    def request(self, path: str, origin: str | None) -> bytes:
        lines = [
            f"{'OPTIONS' if self.preflight else 'GET'} {path} HTTP/1.1",
            "Host: api.example.org",
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Accept: application/json",
            "Accept-Encoding: gzip, deflate, br",
        ]
        if origin is not None:
            lines.append(f"Origin: {origin}")
        if self.preflight:
            lines.append("Access-Control-Request-Method: GET")
            lines.append(f"Access-Control-Request-Headers: {','.join(REQUEST_HEADERS)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def spread(values: list[str]) -> list[str]:
    return values[:: max(1, len(values) // 256)][:256]


CASES = {
    case.name: case
    for case in [
        Case("allowed", "allowed origin"),
        Case("refused", "refused origin", origin="refused"),
        Case("no-origin", "no Origin header", origin="none"),
        Case("uncovered", "route without CORS", origin="none", covered=False),
        Case("pattern", "origin allowed by a pattern", policy="pattern"),
        Case("public", '"*"', policy="public"),
        Case("copied", '"*" with credentials, expose "*"', policy="copied"),
        Case("view", "class-based view", view=True),
        Case("origins", "10,000 origins", origins=10_000),
        Case("routes", "5,000 routes", routes=5_000),
        Case("preflight", "preflight, allowed", preflight=True),
        Case("preflight-refused", "preflight, refused", preflight=True, origin="refused"),
        Case("preflight-view", "preflight, class-based view", preflight=True, view=True),
    ]
}
