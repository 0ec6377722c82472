# frozen_string_literal: true

Gem::Specification.new do |spec|
  spec.name = "fanfare-webhooks"
  spec.version = "0.1.0"
  spec.summary = "Verify the webhooks of Fanfare: typed events, named mistakes, no dependencies"
  spec.authors = ["Fanfare"]
  spec.license = "Apache-2.0"
  spec.homepage = "https://docs.fanfare.io"
  spec.required_ruby_version = ">= 3.0"
  spec.files = Dir["lib/**/*.rb"] + %w[README.md CHANGELOG.md LICENSE]
  spec.metadata = { "rubygems_mfa_required" => "true" }
end
