// Every way to get a settings file wrong that we thought of, with the place and the words the operator sees.
#include <doctest/doctest.h>

#include "settings/load.h"
#include "settings/temporary_folder.h"

namespace slotway {
namespace {

using Errors = std::vector<std::string>;

struct BadFile {
  std::string what;
  std::string text;
  Errors errors;  ///< without "f.yaml:"
};

const std::string kUpstreams = "upstreams: {main: {seeds: [a:1]}}\n";

void checkFiles(const std::vector<BadFile>& files) {
  for (const BadFile& file : files) {
    CAPTURE(file.what);
    const Loaded loaded = loadText(file.text, "f.yaml");
    CHECK(loaded.settings == nullptr);
    std::string found;
    std::string wanted;
    for (const std::string& error : loaded.errors) found += error + "\n";
    for (const std::string& error : file.errors) wanted += "f.yaml:" + error + "\n";
    CHECK(found == wanted);
  }
}

const char* const kConnect = "expected a duration from 1ms to 1h, such as 500ms or 2s";
const char* const kClients = "expected a whole number from 1 to 1000000";
const char* const kBind = "expected host:port, [IPv6]:port or unix:/path";

}  // namespace

TEST_CASE("settings bad files: the file as a whole") {
  checkFiles({
      {"empty", "", {"1:1: the file is empty; expected settings, upstreams at least"}},
      {"comments only", "# nothing\n\n", {"1:1: the file is empty; expected settings, upstreams at least"}},
      {"a list", "- a\n", {"1:1: found a list; expected a map of settings"}},
      {"a word", "\nworkers\n", {"2:1: found a plain value; expected a map of settings"}},
      {"a flow that does not end", "limits: {clients: 5\n", {"2:1: not YAML: end of map flow not found"}},
      {"a tab for indentation", "limits:\n\tclients: 5\n", {"2:9: not YAML: illegal map value"}},
      {"an alias", kUpstreams + "limits: &l {clients: 5}\ntimeouts: *l\n",
       {"3:11: found an alias (*name); expected the value itself"}},
      {"an alias beside another error", kUpstreams + "limits: &l {clients: 5}\ntimeouts: *l\nworkers: 0\n",
       {"3:11: found an alias (*name); expected the value itself",
        "4:10: workers: \"0\" is out of range; expected auto or a whole number from 1 to 64"}},
      {"an unknown alias", "timeouts: *l\n", {"1:11: not YAML: the referenced anchor is not defined"}},
      {"two documents", kUpstreams + "---\n" + kUpstreams, {"2:1: the settings end before this; expected one YAML document"}},
      {"a stray comma", ",c", {"1:1: the settings end before this; expected one YAML document"}},
      {"a stray bracket", kUpstreams + "]\n", {"2:1: not YAML: illegal flow end"}},
      {"a pit of brackets", std::string(100000, '['), {"1:1: nested too deeply to be settings"}},
      {"a list as a key", kUpstreams + "? [a]\n: b\n", {"2:3: found a list as a key; expected a name"}},
      {"no upstream", "workers: 2\n",
       {"1:1: upstreams: missing; expected at least one, such as {main: {seeds: [redis-0:6379]}}"}},
  });
}

TEST_CASE("settings bad files: keys") {
  checkFiles({
      {"mistyped at the top", kUpstreams + "worker: 2\n", {"2:1: worker: unknown key; did you mean workers?"}},
      {"mistyped in a group", kUpstreams + "timeouts:\n  conect: 1s\n",
       {"3:3: timeouts.conect: unknown key; did you mean timeouts.connect?"}},
      {"dashes for underscores", kUpstreams + "timeouts: {request-deadline: 1m}\n",
       {"2:12: timeouts.request-deadline: unknown key; did you mean timeouts.request_deadline?"}},
      {"in the wrong place", kUpstreams + "connect: 1s\n", {"2:1: connect: unknown key; did you mean timeouts.connect?"}},
      {"like none", kUpstreams + "log: {colour: red}\n", {"2:7: log.colour: unknown key; expected one of level, format"}},
      {"empty", kUpstreams + "log: {'': red}\n", {"2:7: log.: unknown key; expected one of level, format"}},
      {"dotted", kUpstreams + "log.level: info\n",
       {"2:1: log.level: unknown key; expected one of workers, ready_requires, auth, timeouts, limits, slow_log, admin, log, "
        "listeners, upstreams"}},
      {"in a listener", "listeners: [{bindd: b:1, bind: c:1}]\n" + kUpstreams,
       {"1:14: listeners[0].bindd: unknown key; did you mean listeners[0].bind?"}},
      {"in an upstream", "upstreams: {main: {seeds: [a:1], user: x}}\n",
       {"1:34: upstreams.main.user: unknown key; expected one of kind, seeds, username, password, password_file, "
        "address_map"}},
      {"twice at the top", kUpstreams + "workers: 1\nworkers: 2\n",
       {"3:1: workers: given again; expected once, it stands in line 2"}},
      {"twice in a flow", kUpstreams + "log: {level: info, level: warn}\n",
       {"2:20: log.level: given again; expected once, it stands in line 2"}},
      {"an upstream twice", "upstreams:\n  a: {seeds: [a:1]}\n  a: {seeds: [b:1]}\n",
       {"3:3: upstreams.a: given again; expected once, it stands in line 2"}},
  });
}

TEST_CASE("settings bad files: values") {
  const std::string accepted = "expected auto or a whole number from 1 to 64";
  checkFiles({
      {"not a duration", kUpstreams + "timeouts:\n  connect: abc\n",
       {std::string("3:12: timeouts.connect: \"abc\" is not a duration; ") + kConnect}},
      {"no unit", kUpstreams + "timeouts: {connect: 500}\n",
       {std::string("2:21: timeouts.connect: \"500\" has no unit; ") + kConnect}},
      {"too long", kUpstreams + "timeouts: {connect: 2h}\n",
       {std::string("2:21: timeouts.connect: \"2h\" is out of range; ") + kConnect}},
      {"too short", kUpstreams + "timeouts: {connect: 0}\n",
       {std::string("2:21: timeouts.connect: \"0\" is out of range; ") + kConnect}},
      {"a list", kUpstreams + "timeouts: {connect: [1s]}\n",
       {std::string("2:21: timeouts.connect: found a list; ") + kConnect}},
      {"nothing", kUpstreams + "timeouts: {connect: }\n",
       {std::string("2:12: timeouts.connect: found nothing; ") + kConnect}},
      {"null", kUpstreams + "timeouts: {connect: ~}\n", {std::string("2:12: timeouts.connect: found nothing; ") + kConnect}},
      {"empty text", kUpstreams + "timeouts: {connect: ''}\n",
       {std::string("2:21: timeouts.connect: found empty text; ") + kConnect}},
      {"a truth", kUpstreams + "limits: {clients: yes}\n",
       {std::string("2:19: limits.clients: \"yes\" is not a whole number; ") + kClients}},
      {"octal", kUpstreams + "limits: {clients: 0100}\n",
       {std::string("2:19: limits.clients: \"0100\" has leading zeros; ") + kClients}},
      {"a fraction", kUpstreams + "limits: {clients: 1.5}\n",
       {std::string("2:19: limits.clients: \"1.5\" is not a whole number; ") + kClients}},
      {"a size out of range", kUpstreams + "limits: {request_bytes: 5gb}\n",
       {"2:25: limits.request_bytes: \"5gb\" is out of range; expected a size from 1kb to 4gb, such as 512kb or 64mb"}},
      {"too many workers", kUpstreams + "workers: 65\n", {"2:10: workers: \"65\" is out of range; " + accepted}},
      {"no workers", kUpstreams + "workers: 0\n", {"2:10: workers: \"0\" is out of range; " + accepted}},
      {"a word for workers", kUpstreams + "workers: many\n", {"2:10: workers: \"many\" is not a whole number; " + accepted}},
      {"no such level", kUpstreams + "log: {level: warning}\n",
       {"2:14: log.level: \"warning\" is unknown; expected one of debug, info, warn, error"}},
      {"another case", kUpstreams + "log: {level: INFO}\n",
       {"2:14: log.level: \"INFO\" is unknown; expected one of debug, info, warn, error"}},
      {"a group that is a value", kUpstreams + "log: info\n",
       {"2:6: log: found a plain value; expected a map of level, format"}},
      {"an empty group", kUpstreams + "log:\n", {"2:1: log: found nothing; expected a map of level, format"}},
      {"admin on a Unix socket", kUpstreams + "admin: {bind: 'unix:/a'}\n",
       {"2:15: admin.bind: \"unix:/a\" has no port from 1 to 65535; expected host:port, [IPv6]:port or off"}},
      {"unprintable", kUpstreams + "admin: {bind: \"a\\nb:1\"}\n",
       {"2:15: admin.bind: \"a\\x0ab:1\" has unprintable bytes; expected host:port, [IPv6]:port or off"}},
  });
}

TEST_CASE("settings bad files: listeners") {
  checkFiles({
      {"not a list", "listeners: {bind: a:1}\n" + kUpstreams,
       {"1:12: listeners: found a map; expected a list of listeners, such as [{bind: 127.0.0.1:6390}]"}},
      {"an empty list", "listeners: []\n" + kUpstreams,
       {"1:12: listeners: found an empty list; expected a list of listeners, such as [{bind: 127.0.0.1:6390}]"}},
      {"a word in the list", "listeners:\n  - a:1\n" + kUpstreams,
       {"2:5: listeners[0]: found a plain value; expected a map of settings"}},
      {"nothing in the list", "listeners:\n  -\n" + kUpstreams,
       {"2:3: listeners[0]: found nothing; expected a map with bind at least"}},
      {"no bind", "listeners:\n  - upstream: main\n" + kUpstreams,
       {std::string("2:5: listeners[0].bind: missing; ") + kBind}},
      {"no port", "listeners: [{bind: localhost}]\n" + kUpstreams,
       {std::string("1:20: listeners[0].bind: \"localhost\" has no port; ") + kBind}},
      {"bare IPv6", "listeners: [{bind: '::1:80'}]\n" + kUpstreams,
       {std::string("1:20: listeners[0].bind: \"::1:80\" has an IPv6 address without brackets; ") + kBind}},
      {"a relative socket", "listeners: [{bind: 'unix:a'}]\n" + kUpstreams,
       {std::string("1:20: listeners[0].bind: \"unix:a\" has no absolute path; ") + kBind}},
      {"an unknown facade", "listeners: [{bind: a:1, facade: none}]\n" + kUpstreams,
       {"1:33: listeners[0].facade: \"none\" is unknown; expected one of single, cluster"}},
      {"an announced name without a port", "listeners: [{bind: a:1, announce: b}]\n" + kUpstreams,
       {"1:35: listeners[0].announce: \"b\" has no port; expected host:port or [IPv6]:port"}},
      {"a hash tag with its braces", "listeners: [{bind: a:1, keyspace: {hash_tag: '{app1}'}}]\n" + kUpstreams,
       {"1:46: listeners[0].keyspace.hash_tag: \"{app1}\" has braces; expected text without braces (in quotes where YAML would "
        "read it as something else)"}},
      {"an empty hash tag", "listeners: [{bind: a:1, keyspace: {hash_tag: ''}}]\n" + kUpstreams,
       {"1:46: listeners[0].keyspace.hash_tag: found empty text; expected text without braces (in quotes where YAML would "
        "read it as something else)"}},
      {"a cluster on a socket", "listeners: [{bind: 'unix:/a', facade: cluster}]\n" + kUpstreams,
       {"1:39: listeners[0].facade: \"cluster\" on a Unix socket shows no host and port; expected announce beside it"}},
      {"one address twice", "listeners: [{bind: a:1}, {bind: a:1}]\n" + kUpstreams,
       {"1:33: listeners[1].bind: \"a:1\" is taken by listeners[0].bind; expected another address"}},
      {"the admin's address", "listeners: [{bind: a:1}]\nadmin: {bind: a:1}\n" + kUpstreams,
       {"2:15: admin.bind: \"a:1\" is taken by listeners[0].bind; expected another address"}},
      {"the admin's default", "listeners: [{bind: 127.0.0.1:9390}]\n" + kUpstreams,
       {"1:20: listeners[0].bind: \"127.0.0.1:9390\" is taken by admin.bind; expected another address"}},
      {"an unknown upstream", "listeners: [{bind: a:1, upstream: man}]\n" + kUpstreams,
       {"1:35: listeners[0].upstream: \"man\" is not an upstream; expected one of main"}},
      {"no upstream of two", "listeners:\n  - bind: a:1\nupstreams: {x: {seeds: [a:1]}, y: {seeds: [b:1]}}\n",
       {"2:5: listeners[0].upstream: missing, and there are several; expected one of x, y"}},
      {"no listener for two", "upstreams: {x: {seeds: [a:1]}, y: {seeds: [b:1]}}\n",
       {"1:1: listeners: missing, and there are several upstreams; expected listeners that name one of x, y"}},
  });
}

TEST_CASE("settings bad files: upstreams") {
  const std::string seeds = "expected a list of host:port or [IPv6]:port, at least one";
  checkFiles({
      {"none", "upstreams: {}\n",
       {"1:12: upstreams: found a map; expected a map of upstreams by name, such as {main: {seeds: [redis-0:6379]}}"}},
      {"nothing", "upstreams:\n",
       {"1:1: upstreams: found nothing; expected a map of upstreams by name, such as {main: {seeds: [redis-0:6379]}}"}},
      {"nothing in one", "upstreams:\n  main:\n", {"2:3: upstreams.main: found nothing; expected a map with seeds at least"}},
      {"a bad name", "upstreams: {'a b': {seeds: [a:1]}}\n",
       {"1:13: upstreams.a b: expected a name of letters, digits, - and _, at most 63 of them"}},
      {"no seeds", "upstreams:\n  main: {kind: cluster}\n",
       {"2:3: upstreams.main.seeds: missing; expected a list of host:port or [IPv6]:port"}},
      {"seeds as text", "upstreams: {main: {seeds: a:1}}\n",
       {"1:27: upstreams.main.seeds: found a plain value; " + seeds}},
      {"empty seeds", "upstreams: {main: {seeds: []}}\n", {"1:27: upstreams.main.seeds: found an empty list; " + seeds}},
      {"bad seeds among good", "upstreams:\n  main:\n    seeds:\n      - a:1\n      - b\n      - [c]\n      -\n      - d:0\n",
       {"4:7: upstreams.main.seeds[3]: found nothing; expected host:port or [IPv6]:port",
        "5:9: upstreams.main.seeds[1]: \"b\" has no port; expected host:port or [IPv6]:port",
        "6:9: upstreams.main.seeds[2]: found a list; expected host:port or [IPv6]:port",
        "8:9: upstreams.main.seeds[4]: \"d:0\" has no port from 1 to 65535; expected host:port or [IPv6]:port"}},
      {"another kind", "upstreams: {main: {seeds: [a:1], kind: sentinel}}\n",
       {"1:40: upstreams.main.kind: \"sentinel\" is unknown; expected only cluster"}},
      {"a map that is a list", "upstreams: {main: {seeds: [a:1], address_map: [a]}}\n",
       {"1:47: upstreams.main.address_map: found a list; expected a map of addresses (host or host:port) to addresses"}},
      {"bad addresses in a map", "upstreams: {main: {seeds: [a:1], address_map: {a b: c, d: 'e:0'}}}\n",
       {"1:48: upstreams.main.address_map: \"a b\" has no port; expected host, host:port or [IPv6]:port",
        "1:59: upstreams.main.address_map.d: \"e:0\" has no port from 1 to 65535; expected host, host:port or [IPv6]:port"}},
  });
}

TEST_CASE("settings bad files: settings that do not go together") {
  checkFiles({
      {"a deadline within the time to connect", kUpstreams + "timeouts: {connect: 5s, request_deadline: 5s}\n",
       {"2:43: timeouts.request_deadline: 5000ms is too short; expected more than timeouts.connect (5000ms)"}},
      {"a time to connect beyond the default deadline", kUpstreams + "timeouts: {connect: 1m}\n",
       {"2:21: timeouts.connect: 60000ms is too long; expected less than timeouts.request_deadline (20000ms)"}},
      {"a hold that outlasts the deadline", kUpstreams + "timeouts: {request_deadline: 2s, failover_hold: 2s}\n",
       {"2:30: timeouts.request_deadline: 2000ms is too short; expected more than timeouts.failover_hold (2000ms)"}},
      {"a hold that outlasts the default deadline", kUpstreams + "timeouts: {failover_hold: 20s}\n",
       {"2:27: timeouts.failover_hold: 20000ms is too long; expected less than timeouts.request_deadline (20000ms)"}},
      {"a back-off that shrinks", kUpstreams + "timeouts: {reconnect_min: 2s}\n",
       {"2:27: timeouts.reconnect_min: 2000ms is too long; expected at most timeouts.reconnect_max (250ms)"}},
      {"not judged by a bad value", kUpstreams + "timeouts: {connect: 1m, request_deadline: long}\n",
       {"2:43: timeouts.request_deadline: \"long\" is not a duration; expected a duration from 10ms to 1h, such as 500ms or "
        "2s"}},
      {"a user without password", "upstreams: {main: {seeds: [a:1], username: app}}\n",
       {"1:44: upstreams.main.username: has no password; expected one beside it"}},
  });
  CHECK(loadText(kUpstreams + "timeouts: {reconnect_min: 1s, reconnect_max: 1s}\n", "f.yaml").settings != nullptr);
}

TEST_CASE("settings bad files: passwords") {
  const TemporaryFolder folder;
  const std::string good = folder.write("good", "secret\n");
  const std::string empty = folder.write("empty", "\n");
  const std::string large = folder.write("large", std::string(70000, 'x'));
  const std::string wanted = "; expected the path of a file that holds a password";
  checkFiles({
      {"both", kUpstreams + "auth: {password: x, password_file: " + good + "}\n",
       {"2:21: auth.password_file: given beside auth.password; expected one of them"}},
      {"both, the file first", kUpstreams + "auth: {password_file: " + good + ", password: x}\n",
       {"2:" + std::to_string(25 + good.size()) + ": auth.password: given beside auth.password_file; expected one of them"}},
      {"no file", kUpstreams + "auth:\n  password_file: " + folder.path("none") + "\n",
       {"3:18: auth.password_file: \"" + folder.path("none") + "\" cannot be read: No such file or directory" + wanted}},
      {"an empty file", kUpstreams + "auth:\n  password_file: " + empty + "\n",
       {"3:18: auth.password_file: \"" + empty + "\" is empty" + wanted}},
      {"a large file", kUpstreams + "auth:\n  password_file: " + large + "\n",
       {"3:18: auth.password_file: \"" + large + "\" is larger than 65536 bytes" + wanted}},
      {"nothing", kUpstreams + "auth: {password: null}\n",
       {"2:8: auth.password: found nothing; expected text (in quotes where YAML would read it as something else)"}},
      {"empty", kUpstreams + "auth: {password: ''}\n",
       {"2:18: auth.password: found empty text; expected text (in quotes where YAML would read it as something else)"}},
  });
}

TEST_CASE("settings bad files: every error at once, in the file's order, and no password shown") {
  const Loaded loaded = loadText(
      "workers: 0\n"
      "auth: hunter2\n"
      "listeners: [{bind: a:1, upstream: b}]\n"
      "upstreams: {main: {seeds: [c], password: [hunter2], pasword: hunter2}}\n"
      "limits: {clients: -1}\n",
      "f.yaml");
  REQUIRE(loaded.errors.size() == 7);
  const char* places[] = {"f.yaml:1:10:", "f.yaml:2:7:",  "f.yaml:3:35:", "f.yaml:4:28:",
                          "f.yaml:4:42:", "f.yaml:4:53:", "f.yaml:5:19:"};
  for (size_t i = 0; i < std::size(places); ++i) {
    CHECK_MESSAGE(loaded.errors[i].starts_with(places[i]), loaded.errors[i]);
    CHECK(loaded.errors[i].find("hunter2") == std::string::npos);
  }
}

TEST_CASE("settings bad files: a file that cannot be read") {
  const TemporaryFolder folder;
  const std::string missing = folder.path("none.yaml");
  CHECK(loadFile(missing).errors == Errors{missing + ": cannot be read: No such file or directory"});
  CHECK(loadFile(folder.path()).errors == Errors{folder.path() + ": cannot be read: Is a directory"});
}

}  // namespace slotway
