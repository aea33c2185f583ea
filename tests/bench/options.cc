#include "options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace slotway::bench {

Options readOptions(int argc, char** argv) {
  Options options;
  std::string target;
  CLI::App app{"Loads a Redis server, a cluster or a proxy, and prints what it saw as one JSON object."};
  app.add_option("--target", target, "HOST:PORT")->required();
  app.add_flag("--cluster", options.cluster, "Connect to the masters that the target tells of, each asked for its own keys");
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 20000));
  app.add_option("--pipeline", options.pipeline, "Requests written at once")->check(CLI::Range(1, 1000000));
  app.add_option("--mix", options.mix, "Weights of get, set, mget, mset and transaction: get=1,set=1");
  app.add_option("--keys", options.keys, "Keys of one MGET or MSET")->check(CLI::Range(1, 1000000));
  app.add_option("--key-space", options.keySpace)->check(CLI::Range(1, 100000000));
  app.add_option("--value-bytes", options.valueBytes)->check(CLI::Range(1, 512 << 20));
  app.add_option("--seconds", options.seconds)->check(CLI::NonNegativeNumber);
  app.add_option("--requests", options.requests, "Stop after so many instead");
  app.add_option("--warmup", options.warmup, "Seconds that are not measured")->check(CLI::NonNegativeNumber);
  app.add_flag("--resp3", options.resp3, "Each connection begins with HELLO 3");
  app.add_flag("--fill", options.fill, "Write every key once before");
  app.add_option("--idle", options.idle, "Hold so many connections after one PING and one GET each, until stdin closes");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  const auto endpoint = parseEndpoint(target);
  if (!endpoint.ok()) std::exit(app.exit(CLI::ValidationError("--target", endpoint.error())));
  options.target = endpoint.value();
  return options;
}

}  // namespace slotway::bench
