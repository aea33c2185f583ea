#include "settings/near.h"

#include <doctest/doctest.h>

namespace slotway::settings {

TEST_CASE("settings near: the known name that was meant") {
  const std::vector<std::string> known = {"connect", "drain", "request_deadline", "level", "bind"};
  struct Case {
    std::string name;
    const char* nearest;
  };
  const Case cases[] = {
      {"conect", "connect"},   {"conenct", "connect"},        {"connects", "connect"}, {"Drain", "drain"},
      {"request-deadline", "request_deadline"}, {"requestdeadlin", "request_deadline"}, {"bnd", "bind"},
      {"", ""},                {"xy", ""},                    {"bi", ""},              {"timeout", ""},
      {"connect_timeout", ""},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    CHECK(nearest(one.name, known) == one.nearest);
  }
  CHECK(nearest(std::string(100000, 'a'), known).empty());
}

}  // namespace slotway::settings
