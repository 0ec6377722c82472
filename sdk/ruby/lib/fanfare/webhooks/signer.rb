# frozen_string_literal: true

require "openssl"

module Fanfare
  module Webhooks
    # The secrets that a receiver knows, the two keys that each stands for, and what they sign.
    module Signer
      PREFIX = "whsec_"
      private_constant :PREFIX

      # Checks every secret; nothing is trimmed or mended, because the characters are the key.
      def self.check_secrets(given)
        secrets = Array(given)
        raise VerificationError, :secret_missing if secrets.empty? || !(secrets & [nil, ""]).empty?
        raise VerificationError, :secret_malformed unless secrets.all?(String)

        bytes = secrets.map(&:b)
        raise VerificationError, :secret_has_whitespace if bytes.any?(/[ \t\r\n\f\v]/n)
        raise VerificationError, :secret_malformed unless bytes.all?(/\A[!-~]+\z/n)

        secrets
      end

      # The key of `webhook-signature`: what the base64 after `whsec_` stands for, if it is 24 to 64
      # bytes. For any other secret there is none.
      def self.standard_key(secret)
        return unless secret.start_with?(PREFIX)

        encoded = secret.delete_prefix(PREFIX)
        key = encoded.unpack1("m")
        # What is not written as an encoder would write it is no key.
        key if [key].pack("m0") == encoded && key.bytesize.between?(24, 64)
      end

      # `sha256=` and the hex signature of the body alone; the key is the whole text.
      def self.fanfare(secret, body)
        "sha256=#{OpenSSL::HMAC.hexdigest("SHA256", secret, body)}"
      end

      # `v1,` and the base64 signature of `id.timestamp.body`.
      def self.standard(key, id, timestamp, body)
        message = "#{id}.#{timestamp}.".b << body.b
        "v1,#{[OpenSSL::HMAC.digest("SHA256", key, message)].pack("m0")}"
      end

      # Whether any of one list is in the other: all with all, each in constant time; lengths may
      # differ.
      def self.any_match?(expected, given)
        expected.product(given).map do |one, other|
          one.bytesize == other.bytesize && OpenSSL.fixed_length_secure_compare(one, other)
        end.any?
      end
    end
  end
end
