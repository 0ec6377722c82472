# frozen_string_literal: true

require "json"
require_relative "webhooks/events"
require_relative "webhooks/reasons"
require_relative "webhooks/headers"
require_relative "webhooks/signer"
require_relative "webhooks/verifier"

module Fanfare
  # Verifies the webhooks of Fanfare.
  #
  # The rules are in `sdk/README.md` in words; they are the same in every language, and the shared
  # vectors hold all of them to it.
  module Webhooks
    # An event of Fanfare.
    #
    # id: the same on every attempt: remember it
    # type: a key of EVENT_TYPES, or newer than this version
    # timestamp: when it happened, RFC 3339 in UTC
    # data: a Struct of Data, or a Hash for a type that this version does not know
    # raw: the whole event as it came, a Hash
    Event = Struct.new(:id, :type, :timestamp, :organization_id, :data, :raw, keyword_init: true)

    # Why a delivery was refused. Safe to log; it repeats no secret, body or signature.
    class VerificationError < StandardError
      # What is wrong: a Symbol that is the same in every language.
      attr_reader :reason
      # With :signature_mismatch, what probably made it differ: a Symbol.
      attr_reader :hint
      # With :missing_header, which one: a String.
      attr_reader :header

      def initialize(reason, hint: nil, header: nil)
        @reason = reason
        @hint = hint
        @header = header
        super("#{REASONS.fetch(reason)}#{" (#{header})" if header}#{": #{HINTS.fetch(hint)}" if hint}")
      end
    end

    # Verifies a delivery and gives its Event; raises VerificationError, and nothing else whatever
    # the request is.
    #
    # body: the raw body, before anything has parsed it
    # headers: a Rack environment, or a Hash of headers; names are found in any case
    # secrets: one, or several during a rotation
    # tolerance: how many seconds the signed time may lie from now, either way
    # require: which signature has to verify. :auto is `webhook-signature`, unless one of the secrets
    #   cannot make it; then `X-Fanfare-Signature`, if the delivery has nothing better. :standard is
    #   only `webhook-signature`, which protects against replay. :any takes `X-Fanfare-Signature`
    #   also when `webhook-signature` is absent but should not be.
    # now: in Unix seconds, for tests
    def self.verify(body, headers, secrets, tolerance: 300, require: :auto, now: nil)
      Verifier.new(headers, Signer.check_secrets(secrets), tolerance, require, now).verify(body)
    end

    # For the tests of a receiver: the headers that a delivery of the body has. The time is in Unix
    # seconds, now unless told. The id is the body's, or `wh_evt_test` if it has none.
    def self.test_headers(body, secret, timestamp: Time.now.to_i)
      Signer.check_secrets(secret)
      time = timestamp.to_s
      headers = {
        "content-type" => "application/json",
        "x-fanfare-signature" => Signer.fanfare(secret, body),
        "x-fanfare-timestamp" => time
      }
      key = Signer.standard_key(secret)
      return headers unless key

      id = id_of(body)
      headers.merge(
        "webhook-id" => id,
        "webhook-timestamp" => time,
        "webhook-signature" => Signer.standard(key, id, time, body)
      )
    end

    def self.id_of(body)
      parsed = JSON.parse(body)
      id = parsed["id"] if parsed.is_a?(Hash)
      id.is_a?(String) ? id : "wh_evt_test"
    rescue JSON::ParserError
      "wh_evt_test"
    end
    private_class_method :id_of
  end
end
