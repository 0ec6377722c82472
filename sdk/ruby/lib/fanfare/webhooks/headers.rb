# frozen_string_literal: true

module Fanfare
  module Webhooks
    # Header values, wherever they come from.
    module Headers
      # The first value of a header, whose name is found in any case; nil for one that is absent or
      # empty. `HTTP_WEBHOOK_ID` is how a Rack environment names it.
      def self.value(headers, name)
        variable = "HTTP_#{name.upcase.tr("-", "_")}"
        (headers || {}).each do |key, value|
          next unless key == variable || key.to_s.downcase == name

          first = Array(value).first
          return first.is_a?(String) && !first.empty? ? first : nil
        end
        nil
      end
    end
  end
end
