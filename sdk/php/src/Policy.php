<?php

declare(strict_types=1);

namespace Fanfare\Webhooks;

/** Which signature has to verify. */
enum Policy
{
    /**
     * `webhook-signature`, unless one of the secrets cannot make it; then `X-Fanfare-Signature`,
     * if the delivery has nothing better.
     */
    case Auto;
    /** Only `webhook-signature`, which protects against replay. */
    case Standard;
    /** `X-Fanfare-Signature` also when `webhook-signature` is absent but should not be. */
    case Any;
}
