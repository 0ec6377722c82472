# frozen_string_literal: true

module Fanfare
  module Webhooks
    # One request that is judged.
    class Verifier
      MAX_HEADER_LENGTH = 4096
      MAX_SIGNATURES = 16

      def initialize(headers, secrets, tolerance, require, now)
        @headers = headers
        @secrets = secrets
        @keys = secrets.map { |secret| Signer.standard_key(secret) }.compact
        @tolerance = [0, tolerance].max
        @require = require
        @now = now || Time.now.to_i
      end

      def verify(body)
        raise VerificationError, :parsed_body unless body.is_a?(String)
        raise VerificationError, :empty_body if body.empty?

        body = body.b
        only = only_standard?
        raise VerificationError, :secret_malformed if only && @keys.empty?

        if only || (@keys.any? && Headers.value(@headers, "webhook-signature"))
          verify_standard(body)
        else
          verify_fanfare(body)
        end
        parse(body)
      end

      private

      def only_standard?
        case @require
        when :auto then @keys.size == @secrets.size
        when :standard then true
        when :any then false
        else raise ArgumentError, "require is :auto, :standard or :any"
        end
      end

      def verify_standard(body)
        signature = needed("webhook-signature")
        id = needed("webhook-id")
        timestamp = needed("webhook-timestamp")
        raise VerificationError, :timestamp_invalid unless timestamp.b.match?(/\A-?[0-9]+\z/n)

        items = signature.length > MAX_HEADER_LENGTH ? [] : signature.b.split(/ /n).reject(&:empty?)
        candidates = items.grep(%r{\Av1,[A-Za-z0-9+/]{43}=\z}n)
        raise VerificationError, :malformed_signature if candidates.empty? || items.size > MAX_SIGNATURES

        expected = @keys.map { |key| Signer.standard(key, id, timestamp, body) }
        raise mismatch(body) unless Signer.any_match?(expected, candidates)

        check_time(timestamp.to_i)
      end

      # Numbers have no end here: nothing overflows.
      def check_time(sent)
        raise VerificationError, :timestamp_too_old if @now - sent > @tolerance
        raise VerificationError, :timestamp_in_future if sent - @now > @tolerance
      end

      def verify_fanfare(body)
        signature = needed("x-fanfare-signature").b
        raise VerificationError, :malformed_signature unless signature.match?(/\Asha256=[0-9a-f]{64}\z/n)

        expected = @secrets.map { |secret| Signer.fanfare(secret, body) }
        raise mismatch(body) unless Signer.any_match?(expected, [signature])
      end

      def needed(name)
        Headers.value(@headers, name) || raise(VerificationError.new(:missing_header, header: name))
      end

      def mismatch(body)
        trimmed = body.gsub(/\A[ \t\r\n]+|[ \t\r\n]+\z/n, "")
        json = trimmed.start_with?("{") && trimmed.end_with?("}")
        as_sent = body.start_with?('{"id":"') && body.end_with?("}") && !body.match?(%r{[\r\n]|\\/|\\u}n)
        hint = json && !as_sent ? :reserialised_body : :wrong_secret
        VerificationError.new(:signature_mismatch, hint: hint)
      end

      def parse(body)
        event = parse_json(body)
        texts = %w[id type timestamp organization_id]
        unless event.is_a?(Hash) && event["data"].is_a?(Hash) && event.values_at(*texts).all?(String)
          raise VerificationError, :body_not_event
        end

        Event.new(**texts.to_h { |name| [name.to_sym, event[name]] }, data: typed(event), raw: event)
      end

      def parse_json(body)
        text = body.dup.force_encoding(Encoding::UTF_8)
        raise VerificationError, :body_not_json unless text.valid_encoding?

        JSON.parse(text)
      rescue JSON::ParserError
        raise VerificationError, :body_not_json
      end

      # Fields that this version does not know are in the event's `raw`.
      def typed(event)
        kind = EVENT_TYPES[event["type"]]
        return event["data"] unless kind

        kind.new(**kind.members.to_h { |name| [name, event["data"][name.to_s]] })
      end
    end
    private_constant :Verifier
  end
end
