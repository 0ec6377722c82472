import { HINTS, type Hint, REASONS, type Reason } from "./reasons.js";

/** Why a delivery was refused. Safe to log; no message repeats a secret, a body or a signature. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
  /** What is wrong: a code that is the same in every language. */
  readonly reason: Reason;
  /** With `signature_mismatch`: what probably made it differ. */
  readonly hint: Hint | undefined;
  /** With `missing_header`: which one. */
  readonly header: string | undefined;

  constructor(reason: Reason, more: { hint?: Hint; header?: string } = {}) {
    const hint = more.hint ? `: ${HINTS[more.hint]}` : "";
    const header = more.header ? ` (${more.header})` : "";
    super(`${REASONS[reason]}${header}${hint}`);
    this.reason = reason;
    this.hint = more.hint;
    this.header = more.header;
  }
}
