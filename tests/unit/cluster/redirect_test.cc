#include "cluster/redirect.h"

#include <doctest/doctest.h>

#include <string>

using namespace slotway;

namespace {

struct Text {
  RedirectKind kind;
  std::string text;
  bool own;
};

const std::string kScriptTail = " script: 1b936e3fe509bcbc9cd0664897bbe8fd0cac101b, on @user_script:1.";

}  // namespace

TEST_CASE("redirect: MOVED and ASK") {
  struct Row {
    std::string text;
    RedirectKind kind;
    HashSlot slot;
    Endpoint endpoint;
    bool own;
  };
  const Row rows[] = {
      {"-MOVED 3999 127.0.0.1:6381\r\n", RedirectKind::Moved, 3999, {"127.0.0.1", 6381}, true},
      {"MOVED 3999 127.0.0.1:6381", RedirectKind::Moved, 3999, {"127.0.0.1", 6381}, true},
      {"-ASK 0 127.0.0.1:1\r\n", RedirectKind::Ask, 0, {"127.0.0.1", 1}, true},
      {"-ASK 16383 host-1.example.com:65535\r\n", RedirectKind::Ask, 16383, {"host-1.example.com", 65535}, true},
      {"-MOVED 12182 ::1:21903\r\n", RedirectKind::Moved, 12182, {"::1", 21903}, true},
      {"-MOVED 12182 [::1]:21903\r\n", RedirectKind::Moved, 12182, {"::1", 21903}, false},
      {"-MOVED 3999 :6381\r\n", RedirectKind::Moved, 3999, {"", 6381}, true},
      {"-MOVED 3999 ?:6381\r\n", RedirectKind::Moved, 3999, {"", 6381}, true},
      {"-MOVED 03999 127.0.0.1:6381\r\n", RedirectKind::Moved, 3999, {"127.0.0.1", 6381}, false},
      {"-MOVED 3999 127.0.0.1:06381\r\n", RedirectKind::Moved, 3999, {"127.0.0.1", 6381}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const std::optional<Redirect> redirect = parseRedirect(row.text);
    REQUIRE(redirect);
    CHECK(redirect->kind == row.kind);
    CHECK(redirect->slot == row.slot);
    CHECK(redirect->endpoint == row.endpoint);
    CHECK(redirect->serversOwnText == row.own);
  }
}

TEST_CASE("redirect: the texts of Redis 7.0 are known, others of their kind are not taken for the server's") {
  const Text rows[] = {
      {RedirectKind::TryAgain, "TRYAGAIN Multiple keys request during rehashing of slot", true},
      {RedirectKind::TryAgain, "TRYAGAIN", false},
      {RedirectKind::ClusterDown, "CLUSTERDOWN The cluster is down", true},
      {RedirectKind::ClusterDown, "CLUSTERDOWN The cluster is down and only accepts read commands", true},
      {RedirectKind::ClusterDown, "CLUSTERDOWN Hash slot not served", true},
      {RedirectKind::ClusterDown, "CLUSTERDOWN Hash slot not served" + kScriptTail, false},
      {RedirectKind::Loading, "LOADING Redis is loading the dataset in memory", true},
      {RedirectKind::Loading, "LOADING almost there", false},
      {RedirectKind::MasterDown,
       "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", true},
      {RedirectKind::MasterDown,
       "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' flag is not set "
       "on the script.",
       true},
      {RedirectKind::MasterDown, "MASTERDOWN because", false},
      {RedirectKind::ReadOnly, "READONLY You can't write against a read only replica.", true},
      {RedirectKind::ReadOnly, "READONLY You can't write against a read only replica." + kScriptTail, false},
      {RedirectKind::ReadOnly, "READONLY Can not run script with write flag on readonly replica", true},
      {RedirectKind::Unblocked,
       "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)", true},
      {RedirectKind::Unblocked, "UNBLOCKED the stream key no longer exists", true},
      {RedirectKind::Unblocked, "UNBLOCKED force unblock", false},
  };
  for (const Text& row : rows) {
    for (const std::string& text : {row.text, "-" + row.text + "\r\n"}) {
      CAPTURE(text);
      const std::optional<Redirect> redirect = parseRedirect(text);
      REQUIRE(redirect);
      CHECK(redirect->kind == row.kind);
      CHECK(redirect->slot == kNoSlot);
      CHECK(redirect->serversOwnText == row.own);
    }
  }
}

TEST_CASE("redirect: what is none") {
  const std::string rows[] = {
      "",
      "-",
      "\r\n",
      "-ERR unknown command\r\n",
      "-MISCONF Redis is configured to save RDB snapshots\r\n",
      "-CROSSSLOT Keys in request don't hash to the same slot\r\n",
      "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n",
      "-MOVED\r\n",
      "-MOVED \r\n",
      "-MOVED 3999\r\n",
      "-MOVED 3999 \r\n",
      "-MOVED 16384 127.0.0.1:6381\r\n",
      "-MOVED 99999999999 127.0.0.1:6381\r\n",
      "-MOVED -1 127.0.0.1:6381\r\n",
      "-MOVED  3999 127.0.0.1:6381\r\n",
      "-MOVED 3999 127.0.0.1\r\n",
      "-MOVED 3999 127.0.0.1:\r\n",
      "-MOVED 3999 127.0.0.1:0\r\n",
      "-MOVED 3999 127.0.0.1:65536\r\n",
      "-MOVED 3999 [::1:6381\r\n",
      "-MOVED 3999 [:6381\r\n",
      "-MOVED 3999 a b:6381\r\n",
      "-MOVED 3999 127.0.0.1:6381" + kScriptTail + "\r\n",
      "-MOVEDX 3999 127.0.0.1:6381\r\n",
      "-moved 3999 127.0.0.1:6381\r\n",
      "-LOADINGS\r\n",
  };
  for (const std::string& text : rows) {
    CAPTURE(text);
    CHECK_FALSE(parseRedirect(text));
  }
}

TEST_CASE("redirect: every kind has its name") {
  const char* const names[kRedirectKinds] = {"moved",   "ask",        "tryagain", "clusterdown",
                                             "loading", "masterdown", "readonly", "unblocked"};
  for (size_t kind = 0; kind < kRedirectKinds; ++kind) CHECK(nameOf(static_cast<RedirectKind>(kind)) == names[kind]);
}
