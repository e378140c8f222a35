import pytest

EMAIL = "/v1/api/enrichment/email"


def enrich(team, username):
    """Stands for the app's own client."""
    lead = {"linkedin_url": f"https://www.linkedin.com/in/{username}", "type": "work"}
    status, answer = team.call("POST", EMAIL, lead)
    assert status == 201, answer
    return answer["_id"]


def test_a_lead_is_found_and_costs_one_credit(team):
    lead = enrich(team, "jane")
    team.settle()
    _, found = team.call("GET", f"{EMAIL}/{lead}")
    assert found["email"]["email"] == "jane@example.com"
    team.verify({"outcomes": {"completed": 1}}, {"credits": {"charged": 1}})


def test_nobody_is_found_for_nothing(team):
    enrich(team, "not-found-1")
    team.settle()
    team.verify({"outcomes": {"not-found": 1}}, {"credits": {"charged": 0}})


@pytest.mark.scenario("out-of-credits")
def test_without_credits_there_is_no_lookup(team):
    status, answer = team.call("POST", EMAIL, {"linkedin_url": "https://www.linkedin.com/in/jane", "type": "work"})
    assert (status, answer["error"]) == (402, "Payment Required")


def test_an_expectation_that_does_not_hold_fails_the_test(team):
    with pytest.raises(AssertionError, match="expected 1 requests, found 0"):
        team.verify({"requests": {"method": "POST"}, "count": 1})
