#include "upstream/node_connections.h"

#include <doctest/doctest.h>

using namespace slotway;

namespace {

const Endpoint kNode{"10.0.0.1", 6379};
const Endpoint kOther{"10.0.0.2", 6379};

}  // namespace

TEST_CASE("node connections: so many to each node, which the workers share") {
  Settings settings;
  settings.workers = 2;
  settings.limits.nodeConnections = 5;
  NodeConnections connections(settings);
  CHECK_FALSE(connections.full(kNode));
  connections.came(kNode);
  CHECK_FALSE(connections.full(kNode));
  connections.came(kNode);
  CHECK(connections.full(kNode));
  CHECK_FALSE(connections.full(kOther));
  connections.left(kNode);
  CHECK_FALSE(connections.full(kNode));
  settings.limits.nodeConnections = 1;  // less than there are workers: each may have one
  CHECK(connections.full(kNode));
  connections.left(kNode);
  CHECK_FALSE(connections.full(kNode));
}

TEST_CASE("node connections: a tenth of a second's at once, the others evenly behind them") {
  Settings settings;
  settings.workers = 2;
  settings.limits.nodeConnectsPerSecond = 80;
  NodeConnections connections(settings);
  uint64_t nowUs = 1000 * 1000;
  for (int i = 0; i < 4; ++i) CHECK(connections.waitMs(kNode, nowUs) == 0);
  CHECK(connections.waitMs(kNode, nowUs) == 1);
  CHECK(connections.waitMs(kNode, nowUs) == 26);
  CHECK(connections.waitMs(kNode, nowUs) == 51);
  CHECK(connections.waitMs(kOther, nowUs) == 0);
  nowUs += 60 * 1000;
  CHECK(connections.waitMs(kNode, nowUs) == 16);
  // What nobody has used for a while is not saved up.
  nowUs += 3600ull * 1000 * 1000;
  for (int i = 0; i < 4; ++i) CHECK(connections.waitMs(kNode, nowUs) == 0);
  CHECK(connections.waitMs(kNode, nowUs) == 1);
}
