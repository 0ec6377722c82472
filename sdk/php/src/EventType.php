<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks;

/** The event types that this version knows. */
enum EventType: string
{
    /** New consumer registered. */
    case ConsumerCreated = 'consumer.created';
    /** Consumer profile updated. */
    case ConsumerUpdated = 'consumer.updated';
    /** Consumer removed. */
    case ConsumerDeleted = 'consumer.deleted';
    /** New experience created. */
    case ExperienceCreated = 'experience.created';
    /** Experience went live. */
    case ExperienceActivated = 'experience.activated';
    /** Experience finished. */
    case ExperienceCompleted = 'experience.completed';
    /** Experience cancelled. */
    case ExperienceCancelled = 'experience.cancelled';
    /** Consumer joined queue/draw. */
    case DistributionJoined = 'distribution.joined';
    /** Consumer admitted from queue. */
    case DistributionAdmitted = 'distribution.admitted';
    /** Draw winner selected. */
    case DistributionWinnerSelected = 'distribution.winner_selected';
    /** Auction bid received. */
    case DistributionBidPlaced = 'distribution.bid_placed';
    /** Consumer completed checkout. */
    case DistributionCompleted = 'distribution.completed';
    /** New order placed. */
    case OrderCreated = 'order.created';
    /** Order payment confirmed. */
    case OrderPaid = 'order.paid';
    /** Order marked as fulfilled. */
    case OrderFulfilled = 'order.fulfilled';
    /** Order cancelled. */
    case OrderCancelled = 'order.cancelled';
    /** A delivery to a webhook was given up. */
    case WebhookFailed = 'webhook.failed';
    /** A webhook that had failed works again. */
    case WebhookRecovered = 'webhook.recovered';
    /** A webhook was disabled. */
    case WebhookDisabled = 'webhook.disabled';

    /**
     * The class of the type's data.
     *
     * @return class-string<Data>
     */
    public function dataClass(): string
    {
        return match ($this) {
            self::ConsumerCreated => Data\ConsumerCreated::class,
            self::ConsumerUpdated => Data\ConsumerUpdated::class,
            self::ConsumerDeleted => Data\ConsumerDeleted::class,
            self::ExperienceCreated => Data\ExperienceCreated::class,
            self::ExperienceActivated => Data\ExperienceActivated::class,
            self::ExperienceCompleted => Data\ExperienceCompleted::class,
            self::ExperienceCancelled => Data\ExperienceCancelled::class,
            self::DistributionJoined => Data\DistributionJoined::class,
            self::DistributionAdmitted => Data\DistributionAdmitted::class,
            self::DistributionWinnerSelected => Data\DistributionWinnerSelected::class,
            self::DistributionBidPlaced => Data\DistributionBidPlaced::class,
            self::DistributionCompleted => Data\DistributionCompleted::class,
            self::OrderCreated => Data\OrderCreated::class,
            self::OrderPaid => Data\OrderPaid::class,
            self::OrderFulfilled => Data\OrderFulfilled::class,
            self::OrderCancelled => Data\OrderCancelled::class,
            self::WebhookFailed => Data\WebhookFailed::class,
            self::WebhookRecovered => Data\WebhookRecovered::class,
            self::WebhookDisabled => Data\WebhookDisabled::class,
        };
    }
}
