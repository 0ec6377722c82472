# frozen_string_literal: true

# A receiver with Sinatra: FANFARE_WEBHOOK_SECRET=whsec_… PORT=3000 ruby example/server.rb
#
# Answers 200 to what verifies, once for each event, and 400 with the reason to anything else.

require "sinatra/base"
# With the gem: require "fanfare-webhooks"
require_relative "../lib/fanfare-webhooks"

# Receives at /webhooks.
class Receiver < Sinatra::Base
  set :bind, "127.0.0.1"
  set :port, Integer(ENV.fetch("PORT", "3000"))
  # Several during a rotation, separated by commas.
  set :secrets, ENV.fetch("FANFARE_WEBHOOK_SECRET", "").split(",")
  # Deliveries come at least once. A real receiver keeps the ids in its database, in the same
  # transaction as what it does with the event.
  set :seen, Set.new
  set :lock, Mutex.new

  post "/webhooks" do
    content_type :json
    # The raw body: it is verified before it is parsed.
    event = Fanfare::Webhooks.verify(request.body.read, request.env, settings.secrets)
    duplicate = settings.lock.synchronize { settings.seen.add?(event.id).nil? }
    handle(event) unless duplicate
    { received: event.id, duplicate: duplicate }.to_json
  rescue Fanfare::Webhooks::VerificationError => e
    warn "refused: #{e.message}"
    halt 400, { error: e.reason, hint: e.hint }.to_json
  end

  def handle(event)
    case event.data
    when Fanfare::Webhooks::Data::OrderPaid
      puts "order #{event.data.order_id} is paid: #{event.data.total_amount}"
    when Fanfare::Webhooks::Data::DistributionWinnerSelected
      puts "#{event.data.consumer_id} has won"
    else
      # Also the types that come with later versions.
      puts "#{event.type}: nothing to do"
    end
  end

  run! if app_file == $PROGRAM_NAME
end
