# frozen_string_literal: true

# Generated from the event catalogue by sdk/generate.py. Do not edit.

module Fanfare
  module Webhooks
    # The data of each event type.
    module Data
      # New consumer registered.
      #
      # consumer_id: The consumer it is about.
      # email: The consumer's e-mail address. May be nil.
      # phone: The consumer's phone number, where possible in E.164. May be nil.
      # full_name: The consumer's name. May be nil.
      # external_id: The consumer's id in the organization's own system. May be nil.
      # metadata: What the organization keeps with the consumer. May be nil.
      # source: How the consumer came in. Known now: api, manual, import, klaviyo, experience_entry. May be nil.
      # created_at: When it was created. May be nil.
      ConsumerCreated = Struct.new(
        :consumer_id,
        :email,
        :phone,
        :full_name,
        :external_id,
        :metadata,
        :source,
        :created_at,
        keyword_init: true
      )

      # Consumer profile updated.
      #
      # consumer_id: The consumer it is about.
      # email: The consumer's e-mail address. May be nil.
      # phone: The consumer's phone number, where possible in E.164. May be nil.
      # full_name: The consumer's name. May be nil.
      # external_id: The consumer's id in the organization's own system. May be nil.
      # metadata: What the organization keeps with the consumer. May be nil.
      # source: How the consumer came in. Known now: api, manual, import, klaviyo, experience_entry. May be nil.
      # created_at: When it was created. May be nil.
      # updated_at: When it was updated. May be nil.
      # changed_fields: Names of the fields that changed. May be nil.
      ConsumerUpdated = Struct.new(
        :consumer_id,
        :email,
        :phone,
        :full_name,
        :external_id,
        :metadata,
        :source,
        :created_at,
        :updated_at,
        :changed_fields,
        keyword_init: true
      )

      # Consumer removed.
      #
      # consumer_id: The consumer it is about.
      # external_id: The consumer's id in the organization's own system. May be nil.
      # deleted_at: When the consumer was removed. May be nil.
      ConsumerDeleted = Struct.new(
        :consumer_id,
        :external_id,
        :deleted_at,
        keyword_init: true
      )

      # New experience created.
      #
      # experience_id: The experience: the launch as a whole.
      # name: The experience's name. May be nil.
      # slug: The experience's name as it stands in addresses. May be nil.
      # status: The experience's status. Known now: draft, scheduled, active. May be nil.
      # open_at: When it opens, if that is set. May be nil.
      # close_at: When it closes, if that is set. May be nil.
      # time_zone: The time zone of its dates (IANA). May be nil.
      # product_ids: The products that are launched. May be nil.
      # created_by: Who created it. May be nil.
      # created_at: When it was created. May be nil.
      ExperienceCreated = Struct.new(
        :experience_id,
        :name,
        :slug,
        :status,
        :open_at,
        :close_at,
        :time_zone,
        :product_ids,
        :created_by,
        :created_at,
        keyword_init: true
      )

      # Experience went live.
      #
      # experience_id: The experience: the launch as a whole.
      # name: The experience's name. May be nil.
      # slug: The experience's name as it stands in addresses. May be nil.
      # status: The experience's status. Known now: active. May be nil.
      # open_at: When it opens, if that is set. May be nil.
      # close_at: When it closes, if that is set. May be nil.
      # activated_at: When it went live. May be nil.
      ExperienceActivated = Struct.new(
        :experience_id,
        :name,
        :slug,
        :status,
        :open_at,
        :close_at,
        :activated_at,
        keyword_init: true
      )

      # Experience finished.
      #
      # experience_id: The experience: the launch as a whole.
      # name: The experience's name. May be nil.
      # status: The experience's status. Known now: completed. May be nil.
      # close_at: When it closes, if that is set. May be nil.
      # completed_at: When it was over. May be nil.
      # reason: Whether it closed at its time or was ended before. Known now: closed, ended_early. May be nil.
      ExperienceCompleted = Struct.new(
        :experience_id,
        :name,
        :status,
        :close_at,
        :completed_at,
        :reason,
        keyword_init: true
      )

      # Experience cancelled.
      #
      # experience_id: The experience: the launch as a whole.
      # name: The experience's name. May be nil.
      # status: The experience's status. Known now: cancelled. May be nil.
      # previous_status: The status it was cancelled in. Known now: scheduled, draft, active, paused. May be nil.
      # cancelled_at: When it was cancelled. May be nil.
      # cancelled_by: Who cancelled it. May be nil.
      ExperienceCancelled = Struct.new(
        :experience_id,
        :name,
        :status,
        :previous_status,
        :cancelled_at,
        :cancelled_by,
        keyword_init: true
      )

      # Consumer joined queue/draw.
      #
      # consumer_id: The consumer it is about.
      # distribution_id: The queue, draw, auction or timed release.
      # experience_id: The experience: the launch as a whole.
      # product_id: The product that is launched. May be nil.
      # distribution_type: What kind of distribution it is. Known now: queue, draw. May be nil.
      # sequence_id: The sequence, or access path, that led the consumer to the distribution. May be nil.
      # status: The participant's status: `QUEUED` in a queue, `ENTERED` in a draw. Known now: QUEUED, ENTERED. May be nil.
      # position: The consumer's place in the queue; null in a draw. May be nil.
      # joined_at: When the consumer joined. May be nil.
      DistributionJoined = Struct.new(
        :consumer_id,
        :distribution_id,
        :experience_id,
        :product_id,
        :distribution_type,
        :sequence_id,
        :status,
        :position,
        :joined_at,
        keyword_init: true
      )

      # Consumer admitted from queue.
      #
      # consumer_id: The consumer it is about.
      # distribution_id: The queue, draw, auction or timed release.
      # experience_id: The experience: the launch as a whole.
      # product_id: The product that is launched. May be nil.
      # distribution_type: What kind of distribution it is. Known now: queue. May be nil.
      # sequence_id: The sequence, or access path, that led the consumer to the distribution. May be nil.
      # entered_at: When the consumer joined the distribution. May be nil.
      # admitted_at: When the consumer was admitted to checkout. May be nil.
      # expires_at: Until when the consumer may check out, if there is an end. May be nil.
      # wait_time_seconds: How long the consumer waited, in seconds. May be nil.
      DistributionAdmitted = Struct.new(
        :consumer_id,
        :distribution_id,
        :experience_id,
        :product_id,
        :distribution_type,
        :sequence_id,
        :entered_at,
        :admitted_at,
        :expires_at,
        :wait_time_seconds,
        keyword_init: true
      )

      # Draw winner selected.
      #
      # consumer_id: The consumer it is about.
      # distribution_id: The queue, draw, auction or timed release.
      # experience_id: The experience: the launch as a whole.
      # product_id: The product that is launched. May be nil.
      # distribution_type: What kind of distribution it is. Known now: draw. May be nil.
      # sequence_id: The sequence, or access path, that led the consumer to the distribution. May be nil.
      # entered_at: When the consumer joined the distribution. May be nil.
      # selected_at: When the winner was selected. May be nil.
      # expires_at: Until when the consumer may check out, if there is an end. May be nil.
      # is_backfill: Whether the winner replaces one whose time ran out. May be nil.
      DistributionWinnerSelected = Struct.new(
        :consumer_id,
        :distribution_id,
        :experience_id,
        :product_id,
        :distribution_type,
        :sequence_id,
        :entered_at,
        :selected_at,
        :expires_at,
        :is_backfill,
        keyword_init: true
      )

      # Auction bid received.
      #
      # consumer_id: The consumer it is about.
      # distribution_id: The queue, draw, auction or timed release.
      # experience_id: The experience: the launch as a whole.
      # product_id: The product that is launched. May be nil.
      # distribution_type: What kind of distribution it is. Known now: auction. May be nil.
      # sequence_id: The sequence, or access path, that led the consumer to the distribution. May be nil.
      # bid_id: The bid.
      # amount: What was bid, in `currency_code`.
      # currency_code: The currency of the amount (ISO 4217).
      # bid_count: How many bids the auction has, this one included. May be nil.
      # bid_status: How the bid stands. Known now: WINNING, ACTIVE, OUTBID. May be nil.
      # is_highest: Whether no bid is higher. May be nil.
      # placed_at: When the bid was placed. May be nil.
      DistributionBidPlaced = Struct.new(
        :consumer_id,
        :distribution_id,
        :experience_id,
        :product_id,
        :distribution_type,
        :sequence_id,
        :bid_id,
        :amount,
        :currency_code,
        :bid_count,
        :bid_status,
        :is_highest,
        :placed_at,
        keyword_init: true
      )

      # Consumer completed checkout.
      #
      # consumer_id: The consumer it is about.
      # distribution_id: The queue, draw, auction or timed release.
      # experience_id: The experience: the launch as a whole.
      # product_id: The product that is launched. May be nil.
      # distribution_type: What kind of distribution it is. Known now: queue, draw, auction, timed_release. May be nil.
      # sequence_id: The sequence, or access path, that led the consumer to the distribution. May be nil.
      # order_id: The order. May be nil.
      # external_order_id: The order's number in the shop that reported it. May be nil.
      # order_amount: What the order costs in all, in `currency_code`. May be nil.
      # currency_code: The currency of the amount (ISO 4217). May be nil.
      # admitted_at: When the consumer was admitted to checkout. May be nil.
      # completed_at: When the consumer completed checkout. May be nil.
      DistributionCompleted = Struct.new(
        :consumer_id,
        :distribution_id,
        :experience_id,
        :product_id,
        :distribution_type,
        :sequence_id,
        :order_id,
        :external_order_id,
        :order_amount,
        :currency_code,
        :admitted_at,
        :completed_at,
        keyword_init: true
      )

      # New order placed.
      #
      # order_id: The order.
      # external_order_id: The order's number in the shop that reported it. May be nil.
      # consumer_id: The consumer it is about.
      # distribution_id: The queue, draw, auction or timed release. May be nil.
      # experience_id: The experience: the launch as a whole. May be nil.
      # product_id: The product that is launched. May be nil.
      # status: The order's status after this event. Known now: created, paid. May be nil.
      # total_amount: What the order costs in all, in `currency_code`.
      # currency_code: The currency of the amount (ISO 4217).
      # created_at: When the order was created. May be nil.
      OrderCreated = Struct.new(
        :order_id,
        :external_order_id,
        :consumer_id,
        :distribution_id,
        :experience_id,
        :product_id,
        :status,
        :total_amount,
        :currency_code,
        :created_at,
        keyword_init: true
      )

      # Order payment confirmed.
      #
      # order_id: The order.
      # external_order_id: The order's number in the shop that reported it. May be nil.
      # consumer_id: The consumer it is about.
      # distribution_id: The queue, draw, auction or timed release. May be nil.
      # experience_id: The experience: the launch as a whole. May be nil.
      # product_id: The product that is launched. May be nil.
      # status: The order's status after this event. Known now: paid. May be nil.
      # total_amount: What the order costs in all, in `currency_code`.
      # currency_code: The currency of the amount (ISO 4217).
      # created_at: When the order was created. May be nil.
      # paid_at: When the payment was confirmed. May be nil.
      # payment_provider: Who took the payment. May be nil.
      # payment_reference: The payment's id at the provider. May be nil.
      OrderPaid = Struct.new(
        :order_id,
        :external_order_id,
        :consumer_id,
        :distribution_id,
        :experience_id,
        :product_id,
        :status,
        :total_amount,
        :currency_code,
        :created_at,
        :paid_at,
        :payment_provider,
        :payment_reference,
        keyword_init: true
      )

      # Order marked as fulfilled.
      #
      # order_id: The order.
      # external_order_id: The order's number in the shop that reported it. May be nil.
      # consumer_id: The consumer it is about.
      # distribution_id: The queue, draw, auction or timed release. May be nil.
      # experience_id: The experience: the launch as a whole. May be nil.
      # product_id: The product that is launched. May be nil.
      # status: The order's status after this event. Known now: fulfilled. May be nil.
      # total_amount: What the order costs in all, in `currency_code`. May be nil.
      # currency_code: The currency of the amount (ISO 4217). May be nil.
      # created_at: When the order was created. May be nil.
      # fulfilled_at: When it was marked as fulfilled. May be nil.
      # tracking_carrier: Who carries the parcel. May be nil.
      # tracking_number: The parcel's number. May be nil.
      # tracking_url: Where the parcel can be followed. May be nil.
      OrderFulfilled = Struct.new(
        :order_id,
        :external_order_id,
        :consumer_id,
        :distribution_id,
        :experience_id,
        :product_id,
        :status,
        :total_amount,
        :currency_code,
        :created_at,
        :fulfilled_at,
        :tracking_carrier,
        :tracking_number,
        :tracking_url,
        keyword_init: true
      )

      # Order cancelled.
      #
      # order_id: The order.
      # external_order_id: The order's number in the shop that reported it. May be nil.
      # consumer_id: The consumer it is about.
      # distribution_id: The queue, draw, auction or timed release. May be nil.
      # experience_id: The experience: the launch as a whole. May be nil.
      # product_id: The product that is launched. May be nil.
      # status: The order's status after this event. Known now: cancelled. May be nil.
      # previous_status: The status it was cancelled in. Known now: created, paid. May be nil.
      # total_amount: What the order costs in all, in `currency_code`. May be nil.
      # currency_code: The currency of the amount (ISO 4217). May be nil.
      # created_at: When the order was created. May be nil.
      # cancelled_at: When it was cancelled. May be nil.
      # cancel_reason: Why it was cancelled. May be nil.
      OrderCancelled = Struct.new(
        :order_id,
        :external_order_id,
        :consumer_id,
        :distribution_id,
        :experience_id,
        :product_id,
        :status,
        :previous_status,
        :total_amount,
        :currency_code,
        :created_at,
        :cancelled_at,
        :cancel_reason,
        keyword_init: true
      )

      # A delivery to a webhook was given up.
      #
      # webhook_id: The webhook it is about.
      # webhook_description: What people call the webhook, if they call it something. May be nil.
      # status: The webhook's status after it. Known now: failed. May be nil.
      # delivery_id: The delivery that was given up. May be nil.
      # event_id: The event it would have delivered. May be nil.
      # failed_at: When it was given up. May be nil.
      WebhookFailed = Struct.new(
        :webhook_id,
        :webhook_description,
        :status,
        :delivery_id,
        :event_id,
        :failed_at,
        keyword_init: true
      )

      # A webhook that had failed works again.
      #
      # webhook_id: The webhook it is about.
      # webhook_description: What people call the webhook, if they call it something. May be nil.
      # status: The webhook's status after it. Known now: active. May be nil.
      # recovered_at: When a delivery succeeded again. May be nil.
      WebhookRecovered = Struct.new(
        :webhook_id,
        :webhook_description,
        :status,
        :recovered_at,
        keyword_init: true
      )

      # A webhook was disabled.
      #
      # webhook_id: The webhook it is about.
      # webhook_description: What people call the webhook, if they call it something. May be nil.
      # status: The webhook's status after it. Known now: disabled. May be nil.
      # reason: Why: nothing but failures for too long, or the receiver answered 410. Known now: failing, gone. May be nil.
      # disabled_at: When it was disabled. May be nil.
      WebhookDisabled = Struct.new(
        :webhook_id,
        :webhook_description,
        :status,
        :reason,
        :disabled_at,
        keyword_init: true
      )
    end

    # The event types that this version knows, with the class of their data.
    EVENT_TYPES = {
      "consumer.created" => Data::ConsumerCreated,
      "consumer.updated" => Data::ConsumerUpdated,
      "consumer.deleted" => Data::ConsumerDeleted,
      "experience.created" => Data::ExperienceCreated,
      "experience.activated" => Data::ExperienceActivated,
      "experience.completed" => Data::ExperienceCompleted,
      "experience.cancelled" => Data::ExperienceCancelled,
      "distribution.joined" => Data::DistributionJoined,
      "distribution.admitted" => Data::DistributionAdmitted,
      "distribution.winner_selected" => Data::DistributionWinnerSelected,
      "distribution.bid_placed" => Data::DistributionBidPlaced,
      "distribution.completed" => Data::DistributionCompleted,
      "order.created" => Data::OrderCreated,
      "order.paid" => Data::OrderPaid,
      "order.fulfilled" => Data::OrderFulfilled,
      "order.cancelled" => Data::OrderCancelled,
      "webhook.failed" => Data::WebhookFailed,
      "webhook.recovered" => Data::WebhookRecovered,
      "webhook.disabled" => Data::WebhookDisabled
    }.freeze
  end
end
