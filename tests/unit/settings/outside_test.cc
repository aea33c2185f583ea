#include "settings/outside.h"

#include <doctest/doctest.h>

#include "settings/load.h"
#include "settings/temporary_folder.h"

namespace slotway {
namespace {

using Errors = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

Loaded load(const std::vector<const char*>& flags, const Variables& variables = {}) {
  std::vector<const char*> argv = {"slotway"};
  argv.insert(argv.end(), flags.begin(), flags.end());
  const CommandLine line = parseCommandLine(static_cast<int>(argv.size()), argv.data());
  REQUIRE_MESSAGE(line.verb == CommandLine::Verb::Run, line.text);
  return loadSettings(line, [&variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

Settings loadGood(const std::vector<const char*>& flags, const Variables& variables = {}) {
  const Loaded loaded = load(flags, variables);
  for (const std::string& error : loaded.errors) FAIL_CHECK(error);
  REQUIRE(loaded.settings != nullptr);
  return *loaded.settings;
}

const char* const kFile =
    "workers: 4\n"
    "listeners:\n"
    "  - bind: a:1\n"
    "    upstream: file\n"
    "upstreams:\n"
    "  file:\n"
    "    seeds: [f:1]\n"
    "    username: file-user\n"
    "    password: file-password\n"
    "auth: {password: file-password}\n"
    "log: {level: error}\n";

}  // namespace

TEST_CASE("settings outside: one flag is a whole deployment") {
  const Settings settings = loadGood({"--upstream", "redis:6379"});
  REQUIRE(settings.listeners.size() == 1);
  CHECK(settings.listeners[0] == ListenerSettings{"127.0.0.1:6390", "main"});
  CHECK(settings.adminBind == "127.0.0.1:9390");
  REQUIRE(settings.upstreams.size() == 1);
  CHECK(settings.upstreams[0].name == "main");
  CHECK(settings.upstreams[0].seeds == Errors{"redis:6379"});
  CHECK(loadGood({}, {{"SLOTWAY_UPSTREAM", "redis:6379"}}) == settings);
  CHECK(loadGood({"run", "--upstream=redis:6379"}) == settings);
}

TEST_CASE("settings outside: no upstream anywhere") {
  CHECK(load({}).errors ==
        Errors{"slotway: no upstream; expected --upstream HOST:PORT, SLOTWAY_UPSTREAM or a settings file (--config FILE)"});
}

TEST_CASE("settings outside: every flag and every variable of a shortcut") {
  const TemporaryFolder folder;
  const std::string secret = folder.write("secret", "s3cret\n");
  const Settings byFlags =
      loadGood({"--listen", "[::1]:1", "--listen", "unix:/s", "--upstream", "a:1", "--upstream", "b:2", "--admin", "off",
                "--workers", "5", "--log-level", "warn", "--log-format", "json", "--upstream-username", "app",
                "--upstream-password-file", secret.c_str(), "--password-file", secret.c_str()});
  CHECK(byFlags.listeners == std::vector<ListenerSettings>{{"[::1]:1", "main"}, {"unix:/s", "main"}});
  CHECK(byFlags.upstreams[0].seeds == Errors{"a:1", "b:2"});
  CHECK(byFlags.upstreams[0].username == "app");
  CHECK(byFlags.upstreams[0].password == "s3cret");
  CHECK(byFlags.clientPassword == "s3cret");
  CHECK(byFlags.workers == 5);
  CHECK(byFlags.adminBind == "off");
  CHECK(byFlags.log == Settings::Log{LogLevel::Warn, LogFormat::Json});

  Variables variables = {{"SLOTWAY_LISTEN", "[::1]:1,unix:/s"}, {"SLOTWAY_UPSTREAM", "a:1, b:2"}, {"SLOTWAY_ADMIN", "off"},
                         {"SLOTWAY_WORKERS", "5"}, {"SLOTWAY_LOG_LEVEL", "warn"}, {"SLOTWAY_LOG_FORMAT", "json"},
                         {"SLOTWAY_UPSTREAM_USERNAME", "app"}, {"SLOTWAY_UPSTREAM_PASSWORD_FILE", secret},
                         {"SLOTWAY_PASSWORD_FILE", secret}};
  CHECK(loadGood({}, variables) == byFlags);
  variables.erase("SLOTWAY_UPSTREAM_PASSWORD_FILE");
  variables.erase("SLOTWAY_PASSWORD_FILE");
  variables["SLOTWAY_UPSTREAM_PASSWORD"] = variables["SLOTWAY_PASSWORD"] = "s3cret";
  CHECK(loadGood({}, variables) == byFlags);
}

TEST_CASE("settings outside: other settings have a variable by their path") {
  const Settings settings = loadGood({}, {{"SLOTWAY_UPSTREAM", "a:1"},
                                          {"SLOTWAY_TIMEOUTS_CONNECT", "3s"},
                                          {"SLOTWAY_LIMITS_CLIENT_OUTPUT_BYTES", "1mb"},
                                          {"SLOTWAY_READY_REQUIRES", "full_coverage"}});
  CHECK(settings.timeouts.connectMs == 3000);
  CHECK(settings.limits.clientOutputBytes == 1 << 20);
  CHECK(settings.readyRequires == ReadyRequires::FullCoverage);
}

TEST_CASE("settings outside: flags over variables over the file") {
  const TemporaryFolder folder;
  const std::string file = folder.write("f.yaml", kFile);
  const std::string secret = folder.write("secret", "from-file");
  CHECK(loadGood({"--config", file.c_str()}).workers == 4);
  CHECK(loadGood({}, {{"SLOTWAY_CONFIG", file}}).workers == 4);
  CHECK(loadGood({}, {{"SLOTWAY_CONFIG", file}, {"SLOTWAY_WORKERS", "5"}}).workers == 5);
  CHECK(loadGood({"--workers", "6"}, {{"SLOTWAY_CONFIG", file}, {"SLOTWAY_WORKERS", "5"}}).workers == 6);
  CHECK(loadGood({"--config", file.c_str()}, {{"SLOTWAY_CONFIG", "/nowhere"}}).workers == 4);
  CHECK(loadGood({"--config", file.c_str()}, {{"SLOTWAY_WORKERS", ""}}).workers == 4);

  CHECK(loadGood({}, {{"SLOTWAY_CONFIG", file}, {"SLOTWAY_UPSTREAM_PASSWORD", "v"}}).upstreams[0].password == "v");
  CHECK(loadGood({"--upstream-password-file", secret.c_str()}, {{"SLOTWAY_CONFIG", file}, {"SLOTWAY_UPSTREAM_PASSWORD", "v"}})
            .upstreams[0].password == "from-file");
  CHECK(loadGood({}, {{"SLOTWAY_CONFIG", file}, {"SLOTWAY_PASSWORD_FILE", secret}}).clientPassword == "from-file");
}

TEST_CASE("settings outside: an upstream from outside takes the place of the file's, password and all") {
  const TemporaryFolder folder;
  const std::string file = folder.write("f.yaml", kFile);
  const Settings settings = loadGood({"--config", file.c_str(), "--upstream", "x:1"}, {{"SLOTWAY_UPSTREAM", "ignored"}});
  REQUIRE(settings.upstreams.size() == 1);
  CHECK(settings.upstreams[0].name == "main");
  CHECK(settings.upstreams[0].seeds == Errors{"x:1"});
  CHECK(settings.upstreams[0].username.empty());
  CHECK(settings.upstreams[0].password.empty());
  CHECK(settings.listeners == std::vector<ListenerSettings>{{"a:1", "main"}});
}

TEST_CASE("settings outside: errors name the flag or the variable") {
  const TemporaryFolder folder;
  const std::string two = folder.write("two.yaml",
                                       "listeners: [{bind: a:1, upstream: a}]\n"
                                       "upstreams: {a: {seeds: [a:1]}, b: {seeds: [b:1]}}\n");
  struct Case {
    std::vector<const char*> flags;
    Variables variables;
    Errors errors;
  };
  const std::string workers = " is out of range; expected auto or a whole number from 1 to 64";
  const Case cases[] = {
      {{"--upstream", "a:1", "--workers", "99"}, {}, {"--workers: \"99\"" + workers}},
      {{"--upstream", "a:1"}, {{"SLOTWAY_WORKERS", "99"}}, {"SLOTWAY_WORKERS: \"99\"" + workers}},
      {{"--upstream", "a"}, {}, {"--upstream: \"a\" has no port; expected host:port or [IPv6]:port"}},
      {{}, {{"SLOTWAY_UPSTREAM", "a:1,,b:1"}}, {"SLOTWAY_UPSTREAM: found empty text; expected host:port or [IPv6]:port"}},
      {{"--upstream", "a:1", "--listen", "x"},
       {},
       {"--listen: \"x\" has no port; expected host:port, [IPv6]:port or unix:/path"}},
      {{"--upstream", "a:1", "--listen", "x:1", "--listen", "x:1"},
       {},
       {"--listen: \"x:1\" is taken by listeners[0].bind; expected another address"}},
      {{"--upstream", "a:1", "--upstream-username", "app"},
       {},
       {"--upstream-username: has no password; expected one beside it"}},
      {{"--upstream", "a:1"},
       {{"SLOTWAY_PASSWORD", "x"}, {"SLOTWAY_PASSWORD_FILE", two}},
       {"SLOTWAY_PASSWORD_FILE: given beside SLOTWAY_PASSWORD; expected one of them"}},
      {{"--upstream", "a:1"},
       {{"SLOTWAY_TIMEOUTS_CONNECT", "1m"}},
       {"SLOTWAY_TIMEOUTS_CONNECT: 60000ms is too long; expected less than timeouts.request_deadline (20000ms)"}},
      {{"--config", two.c_str(), "--upstream-username", "app"},
       {},
       {"--upstream-username: the file has several upstreams; expected one, or the setting in the file"}},
      {{"--config", two.c_str(), "--listen", "x:1"},
       {},
       {"--listen: missing, and there are several; expected one of a, b"}},
      {{"--config", "/nowhere.yaml"}, {}, {"/nowhere.yaml: cannot be read: No such file or directory"}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.errors.front());
    const Loaded loaded = load(one.flags, one.variables);
    CHECK(loaded.settings == nullptr);
    CHECK(loaded.errors == one.errors);
  }
}

}  // namespace slotway
