# ruby first_test.rb: with a mock at ENRICHMENT_MOCK_URL.
require 'minitest/autorun'
require 'net/http'
require 'securerandom'

class FirstTest < Minitest::Test
  KEY = "default.ruby-#{SecureRandom.hex}" # a new team, so that tests do not see each other

  def post(path, body)
    headers = { 'x-api-key' => KEY, 'content-type' => 'application/json' }
    response = Net::HTTP.post(URI(ENV.fetch('ENRICHMENT_MOCK_URL') + path), body, headers)
    assert_kind_of Net::HTTPSuccess, response, "#{path}: #{response.body}"
  end

  def test_a_lead_is_found_and_costs_one_credit
    # in your test, your client does this
    post '/v1/api/enrichment/email', '{"linkedin_url": "https://www.linkedin.com/in/jane", "type": "work"}'
    post '/__admin/settle', '' # until nothing more will happen by itself
    post '/__admin/verify', '{"expect": [{"outcomes": {"completed": 1}}, {"credits": {"charged": 1}}]}'
  end
end
