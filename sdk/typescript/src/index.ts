export { WebhookVerificationError } from "./error.js";
export * from "./events.js";
export type { HeadersLike } from "./headers.js";
export { HINTS, type Hint, REASONS, type Reason } from "./reasons.js";
export { testHeaders } from "./testing.js";
export { type VerifyOptions, verify } from "./verify.js";

import { EVENT_TYPES, type EventType } from "./events.js";

/** Whether this version knows a type of event. */
export function isKnownEventType(type: string): type is EventType {
  return (EVENT_TYPES as readonly string[]).includes(type);
}
