// Generated from the event catalogue by sdk/generate.py. Do not edit.

/** Every event type that this version knows. */
export const EVENT_TYPES = [
  "consumer.created",
  "consumer.updated",
  "consumer.deleted",
  "experience.created",
  "experience.activated",
  "experience.completed",
  "experience.cancelled",
  "distribution.joined",
  "distribution.admitted",
  "distribution.winner_selected",
  "distribution.bid_placed",
  "distribution.completed",
  "order.created",
  "order.paid",
  "order.fulfilled",
  "order.cancelled",
  "webhook.failed",
  "webhook.recovered",
  "webhook.disabled",
] as const;

/** A type of event that this version knows. */
export type EventType = (typeof EVENT_TYPES)[number];

/** What every event has around its data. */
export interface Envelope<T extends string, D> {
  /** The event's id, the same on every attempt: remember it. */
  id: string;
  type: T;
  /** When it happened, RFC 3339 in UTC. */
  timestamp: string;
  organization_id: string;
  data: D;
}

/** New consumer registered. */
export interface ConsumerCreatedData {
  /** The consumer it is about. */
  consumer_id: string;
  /** The consumer's e-mail address. */
  email?: string | null;
  /** The consumer's phone number, where possible in E.164. */
  phone?: string | null;
  /** The consumer's name. */
  full_name?: string | null;
  /** The consumer's id in the organization's own system. */
  external_id?: string | null;
  /** What the organization keeps with the consumer. */
  metadata?: Record<string, unknown> | null;
  /** How the consumer came in. */
  source?: "api" | "manual" | "import" | "klaviyo" | "experience_entry" | null;
  /** When it was created. */
  created_at?: string;
}

/** New consumer registered. */
export type ConsumerCreatedEvent = Envelope<"consumer.created", ConsumerCreatedData>;

/** Consumer profile updated. */
export interface ConsumerUpdatedData {
  /** The consumer it is about. */
  consumer_id: string;
  /** The consumer's e-mail address. */
  email?: string | null;
  /** The consumer's phone number, where possible in E.164. */
  phone?: string | null;
  /** The consumer's name. */
  full_name?: string | null;
  /** The consumer's id in the organization's own system. */
  external_id?: string | null;
  /** What the organization keeps with the consumer. */
  metadata?: Record<string, unknown> | null;
  /** How the consumer came in. */
  source?: "api" | "manual" | "import" | "klaviyo" | "experience_entry" | null;
  /** When it was created. */
  created_at?: string;
  /** When it was updated. */
  updated_at?: string;
  /** Names of the fields that changed. */
  changed_fields?: string[];
}

/** Consumer profile updated. */
export type ConsumerUpdatedEvent = Envelope<"consumer.updated", ConsumerUpdatedData>;

/** Consumer removed. */
export interface ConsumerDeletedData {
  /** The consumer it is about. */
  consumer_id: string;
  /** The consumer's id in the organization's own system. */
  external_id?: string | null;
  /** When the consumer was removed. */
  deleted_at?: string;
}

/** Consumer removed. */
export type ConsumerDeletedEvent = Envelope<"consumer.deleted", ConsumerDeletedData>;

/** New experience created. */
export interface ExperienceCreatedData {
  /** The experience: the launch as a whole. */
  experience_id: string;
  /** The experience's name. */
  name?: string | null;
  /** The experience's name as it stands in addresses. */
  slug?: string | null;
  /** The experience's status. */
  status?: "draft" | "scheduled" | "active";
  /** When it opens, if that is set. */
  open_at?: string | null;
  /** When it closes, if that is set. */
  close_at?: string | null;
  /** The time zone of its dates (IANA). */
  time_zone?: string | null;
  /** The products that are launched. */
  product_ids?: string[];
  /** Who created it. */
  created_by?: string | null;
  /** When it was created. */
  created_at?: string;
}

/** New experience created. */
export type ExperienceCreatedEvent = Envelope<"experience.created", ExperienceCreatedData>;

/** Experience went live. */
export interface ExperienceActivatedData {
  /** The experience: the launch as a whole. */
  experience_id: string;
  /** The experience's name. */
  name?: string | null;
  /** The experience's name as it stands in addresses. */
  slug?: string | null;
  /** The experience's status. */
  status?: "active";
  /** When it opens, if that is set. */
  open_at?: string | null;
  /** When it closes, if that is set. */
  close_at?: string | null;
  /** When it went live. */
  activated_at?: string;
}

/** Experience went live. */
export type ExperienceActivatedEvent = Envelope<"experience.activated", ExperienceActivatedData>;

/** Experience finished. */
export interface ExperienceCompletedData {
  /** The experience: the launch as a whole. */
  experience_id: string;
  /** The experience's name. */
  name?: string | null;
  /** The experience's status. */
  status?: "completed";
  /** When it closes, if that is set. */
  close_at?: string | null;
  /** When it was over. */
  completed_at?: string;
  /** Whether it closed at its time or was ended before. */
  reason?: "closed" | "ended_early";
}

/** Experience finished. */
export type ExperienceCompletedEvent = Envelope<"experience.completed", ExperienceCompletedData>;

/** Experience cancelled. */
export interface ExperienceCancelledData {
  /** The experience: the launch as a whole. */
  experience_id: string;
  /** The experience's name. */
  name?: string | null;
  /** The experience's status. */
  status?: "cancelled";
  /** The status it was cancelled in. */
  previous_status?: "scheduled" | "draft" | "active" | "paused";
  /** When it was cancelled. */
  cancelled_at?: string;
  /** Who cancelled it. */
  cancelled_by?: string | null;
}

/** Experience cancelled. */
export type ExperienceCancelledEvent = Envelope<"experience.cancelled", ExperienceCancelledData>;

/** Consumer joined queue/draw. */
export interface DistributionJoinedData {
  /** The consumer it is about. */
  consumer_id: string;
  /** The queue, draw, auction or timed release. */
  distribution_id: string;
  /** The experience: the launch as a whole. */
  experience_id: string;
  /** The product that is launched. */
  product_id?: string | null;
  /** What kind of distribution it is. */
  distribution_type?: "queue" | "draw";
  /** The sequence, or access path, that led the consumer to the distribution. */
  sequence_id?: string | null;
  /** The participant's status: `QUEUED` in a queue, `ENTERED` in a draw. */
  status?: "QUEUED" | "ENTERED";
  /** The consumer's place in the queue; null in a draw. */
  position?: number | null;
  /** When the consumer joined. */
  joined_at?: string;
}

/** Consumer joined queue/draw. */
export type DistributionJoinedEvent = Envelope<"distribution.joined", DistributionJoinedData>;

/** Consumer admitted from queue. */
export interface DistributionAdmittedData {
  /** The consumer it is about. */
  consumer_id: string;
  /** The queue, draw, auction or timed release. */
  distribution_id: string;
  /** The experience: the launch as a whole. */
  experience_id: string;
  /** The product that is launched. */
  product_id?: string | null;
  /** What kind of distribution it is. */
  distribution_type?: "queue";
  /** The sequence, or access path, that led the consumer to the distribution. */
  sequence_id?: string | null;
  /** When the consumer joined the distribution. */
  entered_at?: string;
  /** When the consumer was admitted to checkout. */
  admitted_at?: string;
  /** Until when the consumer may check out, if there is an end. */
  expires_at?: string | null;
  /** How long the consumer waited, in seconds. */
  wait_time_seconds?: number;
}

/** Consumer admitted from queue. */
export type DistributionAdmittedEvent = Envelope<"distribution.admitted", DistributionAdmittedData>;

/** Draw winner selected. */
export interface DistributionWinnerSelectedData {
  /** The consumer it is about. */
  consumer_id: string;
  /** The queue, draw, auction or timed release. */
  distribution_id: string;
  /** The experience: the launch as a whole. */
  experience_id: string;
  /** The product that is launched. */
  product_id?: string | null;
  /** What kind of distribution it is. */
  distribution_type?: "draw";
  /** The sequence, or access path, that led the consumer to the distribution. */
  sequence_id?: string | null;
  /** When the consumer joined the distribution. */
  entered_at?: string;
  /** When the winner was selected. */
  selected_at?: string;
  /** Until when the consumer may check out, if there is an end. */
  expires_at?: string | null;
  /** Whether the winner replaces one whose time ran out. */
  is_backfill?: boolean;
}

/** Draw winner selected. */
export type DistributionWinnerSelectedEvent = Envelope<"distribution.winner_selected", DistributionWinnerSelectedData>;

/** Auction bid received. */
export interface DistributionBidPlacedData {
  /** The consumer it is about. */
  consumer_id: string;
  /** The queue, draw, auction or timed release. */
  distribution_id: string;
  /** The experience: the launch as a whole. */
  experience_id: string;
  /** The product that is launched. */
  product_id?: string | null;
  /** What kind of distribution it is. */
  distribution_type?: "auction";
  /** The sequence, or access path, that led the consumer to the distribution. */
  sequence_id?: string | null;
  /** The bid. */
  bid_id: string;
  /** What was bid, in `currency_code`. */
  amount: string;
  /** The currency of the amount (ISO 4217). */
  currency_code: string;
  /** How many bids the auction has, this one included. */
  bid_count?: number;
  /** How the bid stands. */
  bid_status?: "WINNING" | "ACTIVE" | "OUTBID";
  /** Whether no bid is higher. */
  is_highest?: boolean;
  /** When the bid was placed. */
  placed_at?: string;
}

/** Auction bid received. */
export type DistributionBidPlacedEvent = Envelope<"distribution.bid_placed", DistributionBidPlacedData>;

/** Consumer completed checkout. */
export interface DistributionCompletedData {
  /** The consumer it is about. */
  consumer_id: string;
  /** The queue, draw, auction or timed release. */
  distribution_id: string;
  /** The experience: the launch as a whole. */
  experience_id: string;
  /** The product that is launched. */
  product_id?: string | null;
  /** What kind of distribution it is. */
  distribution_type?: "queue" | "draw" | "auction" | "timed_release";
  /** The sequence, or access path, that led the consumer to the distribution. */
  sequence_id?: string | null;
  /** The order. */
  order_id?: string | null;
  /** The order's number in the shop that reported it. */
  external_order_id?: string | null;
  /** What the order costs in all, in `currency_code`. */
  order_amount?: string;
  /** The currency of the amount (ISO 4217). */
  currency_code?: string;
  /** When the consumer was admitted to checkout. */
  admitted_at?: string | null;
  /** When the consumer completed checkout. */
  completed_at?: string;
}

/** Consumer completed checkout. */
export type DistributionCompletedEvent = Envelope<"distribution.completed", DistributionCompletedData>;

/** New order placed. */
export interface OrderCreatedData {
  /** The order. */
  order_id: string;
  /** The order's number in the shop that reported it. */
  external_order_id?: string | null;
  /** The consumer it is about. */
  consumer_id: string;
  /** The queue, draw, auction or timed release. */
  distribution_id?: string | null;
  /** The experience: the launch as a whole. */
  experience_id?: string | null;
  /** The product that is launched. */
  product_id?: string | null;
  /** The order's status after this event. */
  status?: "created" | "paid";
  /** What the order costs in all, in `currency_code`. */
  total_amount: string;
  /** The currency of the amount (ISO 4217). */
  currency_code: string;
  /** When the order was created. */
  created_at?: string;
}

/** New order placed. */
export type OrderCreatedEvent = Envelope<"order.created", OrderCreatedData>;

/** Order payment confirmed. */
export interface OrderPaidData {
  /** The order. */
  order_id: string;
  /** The order's number in the shop that reported it. */
  external_order_id?: string | null;
  /** The consumer it is about. */
  consumer_id: string;
  /** The queue, draw, auction or timed release. */
  distribution_id?: string | null;
  /** The experience: the launch as a whole. */
  experience_id?: string | null;
  /** The product that is launched. */
  product_id?: string | null;
  /** The order's status after this event. */
  status?: "paid";
  /** What the order costs in all, in `currency_code`. */
  total_amount: string;
  /** The currency of the amount (ISO 4217). */
  currency_code: string;
  /** When the order was created. */
  created_at?: string;
  /** When the payment was confirmed. */
  paid_at?: string;
  /** Who took the payment. */
  payment_provider?: string | null;
  /** The payment's id at the provider. */
  payment_reference?: string | null;
}

/** Order payment confirmed. */
export type OrderPaidEvent = Envelope<"order.paid", OrderPaidData>;

/** Order marked as fulfilled. */
export interface OrderFulfilledData {
  /** The order. */
  order_id: string;
  /** The order's number in the shop that reported it. */
  external_order_id?: string | null;
  /** The consumer it is about. */
  consumer_id: string;
  /** The queue, draw, auction or timed release. */
  distribution_id?: string | null;
  /** The experience: the launch as a whole. */
  experience_id?: string | null;
  /** The product that is launched. */
  product_id?: string | null;
  /** The order's status after this event. */
  status?: "fulfilled";
  /** What the order costs in all, in `currency_code`. */
  total_amount?: string;
  /** The currency of the amount (ISO 4217). */
  currency_code?: string;
  /** When the order was created. */
  created_at?: string;
  /** When it was marked as fulfilled. */
  fulfilled_at?: string;
  /** Who carries the parcel. */
  tracking_carrier?: string | null;
  /** The parcel's number. */
  tracking_number?: string | null;
  /** Where the parcel can be followed. */
  tracking_url?: string | null;
}

/** Order marked as fulfilled. */
export type OrderFulfilledEvent = Envelope<"order.fulfilled", OrderFulfilledData>;

/** Order cancelled. */
export interface OrderCancelledData {
  /** The order. */
  order_id: string;
  /** The order's number in the shop that reported it. */
  external_order_id?: string | null;
  /** The consumer it is about. */
  consumer_id: string;
  /** The queue, draw, auction or timed release. */
  distribution_id?: string | null;
  /** The experience: the launch as a whole. */
  experience_id?: string | null;
  /** The product that is launched. */
  product_id?: string | null;
  /** The order's status after this event. */
  status?: "cancelled";
  /** The status it was cancelled in. */
  previous_status?: "created" | "paid";
  /** What the order costs in all, in `currency_code`. */
  total_amount?: string;
  /** The currency of the amount (ISO 4217). */
  currency_code?: string;
  /** When the order was created. */
  created_at?: string;
  /** When it was cancelled. */
  cancelled_at?: string;
  /** Why it was cancelled. */
  cancel_reason?: string | null;
}

/** Order cancelled. */
export type OrderCancelledEvent = Envelope<"order.cancelled", OrderCancelledData>;

/** A delivery to a webhook was given up. */
export interface WebhookFailedData {
  /** The webhook it is about. */
  webhook_id: string;
  /** What people call the webhook, if they call it something. */
  webhook_description?: string | null;
  /** The webhook's status after it. */
  status?: "failed";
  /** The delivery that was given up. */
  delivery_id?: string;
  /** The event it would have delivered. */
  event_id?: string;
  /** When it was given up. */
  failed_at?: string;
}

/** A delivery to a webhook was given up. */
export type WebhookFailedEvent = Envelope<"webhook.failed", WebhookFailedData>;

/** A webhook that had failed works again. */
export interface WebhookRecoveredData {
  /** The webhook it is about. */
  webhook_id: string;
  /** What people call the webhook, if they call it something. */
  webhook_description?: string | null;
  /** The webhook's status after it. */
  status?: "active";
  /** When a delivery succeeded again. */
  recovered_at?: string;
}

/** A webhook that had failed works again. */
export type WebhookRecoveredEvent = Envelope<"webhook.recovered", WebhookRecoveredData>;

/** A webhook was disabled. */
export interface WebhookDisabledData {
  /** The webhook it is about. */
  webhook_id: string;
  /** What people call the webhook, if they call it something. */
  webhook_description?: string | null;
  /** The webhook's status after it. */
  status?: "disabled";
  /** Why: nothing but failures for too long, or the receiver answered 410. */
  reason?: "failing" | "gone";
  /** When it was disabled. */
  disabled_at?: string;
}

/** A webhook was disabled. */
export type WebhookDisabledEvent = Envelope<"webhook.disabled", WebhookDisabledData>;

/** An event of a type that this version knows; `type` tells which. */
export type FanfareEvent =
  | ConsumerCreatedEvent
  | ConsumerUpdatedEvent
  | ConsumerDeletedEvent
  | ExperienceCreatedEvent
  | ExperienceActivatedEvent
  | ExperienceCompletedEvent
  | ExperienceCancelledEvent
  | DistributionJoinedEvent
  | DistributionAdmittedEvent
  | DistributionWinnerSelectedEvent
  | DistributionBidPlacedEvent
  | DistributionCompletedEvent
  | OrderCreatedEvent
  | OrderPaidEvent
  | OrderFulfilledEvent
  | OrderCancelledEvent
  | WebhookFailedEvent
  | WebhookRecoveredEvent
  | WebhookDisabledEvent;
