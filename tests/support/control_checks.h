// What all answers of the control API that refuse something have in common.
#pragma once
#include <doctest/doctest.h>
#include <string>

#include "support/api_client.h"

namespace enrichment_mock::support {

// The shape of the emulated API's errors, with a message that says so much.
inline void check_refused(const Answer& answer, int status, const std::string& said) {
  CAPTURE(answer.text);
  CHECK(answer.status == status);
  const auto body = answer.body();
  CHECK(body["statusCode"] == status);
  CHECK(body["error"].is_string());
  CHECK(body["message"].get<std::string>().find(said) != std::string::npos);
}

}  // namespace enrichment_mock::support
