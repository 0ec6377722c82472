"""Header values, wherever they come from."""

from typing import Any, Iterable, Mapping, Optional, Tuple, Union

#: The headers of a request: a mapping (Flask, Django, FastAPI, ``email.message``), the environment
#: of WSGI (``HTTP_WEBHOOK_ID``), or pairs (ASGI). Names are found in any case.
Headers = Union[Mapping[str, Any], Mapping[bytes, Any], Iterable[Tuple[Any, Any]]]


def header(headers: Headers, name: str) -> Optional[str]:
    """The first value of a header; nothing for one that is absent or empty."""
    variable = "HTTP_" + name.upper().replace("-", "_")
    items = getattr(headers, "items", None)
    pairs: Any = items() if callable(items) else headers or ()
    for key, value in pairs:
        key = _text(key)
        if key == variable or key.lower() == name:
            if isinstance(value, (list, tuple)):
                value = value[0] if value else ""
            return _text(value) or None
    return None


def _text(value: object) -> str:
    # Latin-1 is what HTTP headers are made of; it loses nothing.
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
