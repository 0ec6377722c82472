# frozen_string_literal: true

require "minitest/autorun"
require_relative "../lib/fanfare-webhooks"

# The shared vectors, and what only this language can get wrong.
class VectorsTest < Minitest::Test
  SHARED = JSON.parse(File.read(File.join(__dir__, "../../vectors.json"), encoding: "UTF-8"))
  SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  BODY = SHARED["test_headers"][0]["body"]

  def said(*arguments, **options)
    event = Fanfare::Webhooks.verify(*arguments, **options)
    known = Fanfare::Webhooks::EVENT_TYPES.key?(event.type)
    { "type" => event.type, "id" => event.id, "known" => known }
  rescue Fanfare::Webhooks::VerificationError => e
    { "reason" => e.reason.to_s, "hint" => e.hint&.to_s, "header" => e.header }.compact
  end

  def test_there_are_vectors
    assert_operator SHARED["cases"].size, :>, 100
  end

  SHARED["cases"].each do |it|
    define_method("test_#{it["name"]}") do
      body = it["body"] || it["parsed"] || it["body_base64"].unpack1("m")
      options = { now: it["now"], tolerance: it["tolerance"], require: it["require"]&.to_sym }.compact
      assert_equal it["expect"], said(body, it["headers"], it["secrets"], **options)
    end
  end

  def test_headers_for_tests_are_those_of_a_delivery
    SHARED["test_headers"].each do |it|
      made = Fanfare::Webhooks.test_headers(it["body"], it["secret"], timestamp: it["timestamp"])
      assert_equal it["expect"], made
    end
  end

  def test_every_kind_of_headers
    headers = Fanfare::Webhooks.test_headers(BODY, SECRET)
    rack = headers.transform_keys { |name| "HTTP_#{name.upcase.tr("-", "_")}" }
    rack.merge!("rack.input" => Object.new, "CONTENT_TYPE" => "application/json")
    lists = headers.transform_values { |value| [value] }
    symbols = headers.transform_keys(&:to_sym)
    [headers, rack, lists, symbols, headers.to_a].each do |each|
      assert_equal "wh_evt_abc123", said(BODY, each, SECRET)["id"]
    end
  end

  def test_data_is_a_struct_of_its_type
    headers = Fanfare::Webhooks.test_headers(BODY, SECRET)
    event = Fanfare::Webhooks.verify(BODY, headers, [SECRET])
    assert_instance_of Fanfare::Webhooks::Data::DistributionWinnerSelected, event.data
    assert_equal "con_123", event.data.consumer_id
    assert_equal "org_xyz789", event.organization_id
    assert_equal "con_123", event.raw["data"]["consumer_id"]
  end

  def test_what_is_no_request_at_all_is_refused_by_name
    headers = Fanfare::Webhooks.test_headers(BODY, SECRET)
    [nil, [nil], ""].each { |none| assert_equal "secret_missing", said(BODY, headers, none)["reason"] }
    assert_equal "secret_malformed", said(BODY, headers, [17])["reason"]
    [nil, {}, 17].each { |body| assert_equal "parsed_body", said(body, headers, SECRET)["reason"] }
    assert_equal "missing_header", said(BODY, nil, SECRET)["reason"]
    deep = "[" * 1000
    assert_equal "body_not_json", said(deep, Fanfare::Webhooks.test_headers(deep, SECRET), SECRET)["reason"]
  end

  def test_a_message_says_what_to_do_and_repeats_no_secret
    headers = Fanfare::Webhooks.test_headers(BODY, SECRET)
    error = assert_raises(Fanfare::Webhooks::VerificationError) do
      Fanfare::Webhooks.verify("#{BODY}\n", headers, SECRET)
    end
    assert_match(/so pass the raw bytes\z/, error.message)
    refute_includes error.message, SECRET.delete_prefix("whsec_")
  end
end
