from typing import Optional

from .reasons import HINTS, REASONS, Hint, Reason


class WebhookVerificationError(Exception):
    """Why a delivery was refused. Safe to log; it repeats no secret, body or signature."""

    #: What is wrong: a code that is the same in every language.
    reason: Reason
    #: With ``signature_mismatch``: what probably made it differ.
    hint: Optional[Hint]
    #: With ``missing_header``: which one.
    header: Optional[str]

    def __init__(
        self, reason: Reason, hint: Optional[Hint] = None, header: Optional[str] = None
    ) -> None:
        text = REASONS[reason]
        text += f" ({header})" if header else ""
        text += f": {HINTS[hint]}" if hint else ""
        super().__init__(text)
        self.reason, self.hint, self.header = reason, hint, header
