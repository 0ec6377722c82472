"""Verify the webhooks of Fanfare.

``verify`` gives the event of a delivery, or raises ``WebhookVerificationError`` with a reason
that names the likely mistake. ``test_headers`` makes the headers of a delivery for your tests.
"""

from ._error import WebhookVerificationError
from ._headers import Headers
from ._testing import test_headers
from ._verify import Require, verify
from .events import EVENT_TYPES, Event
from .reasons import HINTS, REASONS, Hint, Reason

__all__ = [
    "EVENT_TYPES",
    "HINTS",
    "REASONS",
    "Event",
    "Headers",
    "Hint",
    "Reason",
    "Require",
    "WebhookVerificationError",
    "test_headers",
    "verify",
]
