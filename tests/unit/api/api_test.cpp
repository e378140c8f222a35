#include "api/api.h"

#include <doctest/doctest.h>

using enrichment_mock::api::nearest_route;

TEST_CASE("a path that is nearly one of the API suggests it, with the id of a poll; any other suggests nothing") {
  const std::string id = "507f1f77bcf86cd799439011", api = "/v1/api/enrichment";
  struct Case {
    std::string path, suggested;
  };
  for (const auto& [path, suggested] : {Case{api + "/emails", api + "/email"},
                                        {api + "/email/", api + "/email"},
                                        {"/v2/api/enrichments/credit", api + "/credits"},
                                        {api + "/emails/" + id, api + "/email/" + id},
                                        {"/api/enrichment/email/" + id, api + "/email/" + id},
                                        {api + "/" + id, api + "/email/" + id},
                                        {api + "/email/" + id + "/", api + "/email/" + id},
                                        {api + "/email/x//", api + "/email/x"},
                                        {api + "/emails/" + id + "/more", ""},
                                        {"/other/" + id, ""},
                                        {"/emails/x", ""},
                                        {"x", ""},
                                        {"/", ""}}) {
    const auto& this_path = path;
    CAPTURE(this_path);
    CHECK(nearest_route(path) == (suggested.empty() ? "" : "; did you mean " + suggested + "?"));
  }
}
