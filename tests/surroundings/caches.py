"""What a shared cache in front must keep apart, and what it may keep once for everybody."""

from __future__ import annotations

from scratch import OTHER_PAGE, PAGE, STRANGER, Answer, ask, must, preflight, shown

ORIGINS = (PAGE, STRANGER, None, OTHER_PAGE, "null")


def get(port: int, path: str, origin: str | None) -> Answer:
    answer = ask(port, "GET", path, **({"origin": origin} if origin else {}))
    must(answer.status == 200, f"GET {path} of {origin}: {answer.status}")
    return answer


def check_cache(name: str, port: int) -> None:
    """Ask for everything three times; a copy has the number of its original."""
    for origin in (*ORIGINS, *reversed(ORIGINS), *ORIGINS):
        acao = get(port, "/data", origin).cors.get("allow-origin")
        right = origin if origin in (PAGE, OTHER_PAGE) else None
        must(acao == right, f"{name}: /data for {origin} has ACAO {acao!r} and not {right!r}")
        acao = get(port, "/public", origin).cors.get("allow-origin")
        must(acao == "*", f"{name}: /public for {origin} has ACAO {acao!r}")

    copies = {
        path: {get(port, path, origin).headers["x-number"] for origin in ORIGINS}
        for path in ("/data", "/public")
    }
    kept = {path: len(numbers) for path, numbers in copies.items()}
    must(kept["/data"] == len(ORIGINS), f"{name} keeps {kept['/data']} copies of /data")
    must(kept["/public"] == 1, f"{name} keeps {kept['/public']} copies of /public")
    again = {get(port, "/data", origin).headers["x-number"] for origin in ORIGINS}
    must(again == copies["/data"], f"{name} does not keep its copies of /data")

    must(preflight(port, "PUT", "/data").granted, f"{name}: the preflight of {PAGE} is refused")
    must(
        preflight(port, "PUT", "/data", STRANGER).status == 403,
        f"{name}: the preflight of {STRANGER} is not refused",
    )
    shown(f"{name}: one copy of a response per origin ({len(ORIGINS)}), one of the constant answer")
