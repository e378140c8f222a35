#include "support/mock.h"

#include <doctest/doctest.h>

namespace enrichment_mock::support {

void check_refused(const Answer& answer, int status, const std::string& said) {
  CAPTURE(answer.text);
  CHECK(answer.status == status);
  const auto body = answer.body();
  CHECK(body["statusCode"] == status);
  CHECK(body["error"].is_string());
  CHECK(body["message"].get<std::string>().find(said) != std::string::npos);
}

}  // namespace enrichment_mock::support
