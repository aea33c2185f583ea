#include "client/client_filter.h"

#include <algorithm>
#include <charconv>

namespace slotway {
namespace {

bool sameWord(Slice a, Slice b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
         });
}

bool readId(Slice text, uint64_t& id) {
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), id);
  return status == std::errc{} && end == text.data() + text.size() && id > 0;
}

// False for a type that Redis does not know either.
bool readType(Slice word, ClientType& type) {
  type = sameWord(word, "normal") ? ClientType::Normal : sameWord(word, "pubsub") ? ClientType::PubSub : ClientType::Nobody;
  const bool known = sameWord(word, "master") || sameWord(word, "replica") || sameWord(word, "slave");
  return known || type != ClientType::Nobody;
}

bool isOfType(const ClientFacts& facts, ClientType type) {
  if (type == ClientType::Any) return true;
  return type == (facts.subscribed() ? ClientType::PubSub : ClientType::Normal);
}

Error syntaxError() { return Error{"ERR syntax error"}; }
Error unknownType(Slice type) { return Error{"ERR Unknown client type '" + std::string(type) + "'"}; }

}  // namespace

std::string ClientFacts::line() const {
  std::string text;
  const auto field = [&text](const char* key, const std::string& value) {
    if (!text.empty()) text += ' ';
    text += key;
    text += '=';
    text += value;
  };
  const auto number = [&field](const char* key, uint64_t value) { field(key, std::to_string(value)); };
  number("id", id);
  field("addr", address);
  field("laddr", localAddress);
  field("fd", std::to_string(fd));
  field("name", name);
  number("age", ageSeconds);
  number("idle", idleSeconds);
  field("flags", flags);
  text += " db=0";
  number("sub", channels);
  number("psub", patterns);
  number("ssub", shardChannels);
  field("multi", std::to_string(queued));
  number("qbuf", inputBytes);
  text += " qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0";
  number("omem", outputBytes);
  number("tot-mem", inputBytes + outputBytes);
  text += " events=r";
  field("cmd", lastCommand);
  text += " user=default";
  field("redir", std::to_string(redirect));
  number("resp", static_cast<uint64_t>(version));
  field("lib-name", libraryName);
  field("lib-ver", libraryVersion);
  return text;
}

bool ClientFilter::matches(const ClientFacts& facts, uint64_t askerId) const {
  if (!isOfType(facts, type) || (skipAsker && facts.id == askerId)) return false;
  if (!ids.empty() && std::find(ids.begin(), ids.end(), facts.id) == ids.end()) return false;
  if (!address.empty() && address != facts.address) return false;
  return localAddress.empty() || localAddress == facts.localAddress;
}

Result<ClientFilter> parseClientList(std::span<const Slice> args) {
  ClientFilter filter;
  if (args.size() == 2) return filter;
  if (args.size() == 4 && sameWord(args[2], "type")) {
    if (!readType(args[3], filter.type)) return unknownType(args[3]);
    return filter;
  }
  if (args.size() < 4 || !sameWord(args[2], "id")) return syntaxError();
  for (const Slice arg : args.subspan(3)) {
    uint64_t id = 0;
    if (!readId(arg, id)) return Error{"ERR Invalid client ID"};
    filter.ids.push_back(id);
  }
  return filter;
}

Result<ClientFilter> parseClientKill(std::span<const Slice> args) {
  ClientFilter filter;
  if (args.size() == 3) {
    filter.address = args[2];
    filter.killsByAddress = true;
    return filter;
  }
  filter.skipAsker = true;
  if (args.size() % 2 != 0) return syntaxError();
  for (size_t i = 2; i + 1 < args.size(); i += 2) {
    const Slice key = args[i];
    const Slice value = args[i + 1];
    if (sameWord(key, "id")) {
      uint64_t id = 0;
      if (!readId(value, id)) return Error{"ERR client-id should be greater than 0"};
      filter.ids.push_back(id);
    } else if (sameWord(key, "addr")) {
      filter.address = value;
    } else if (sameWord(key, "laddr")) {
      filter.localAddress = value;
    } else if (sameWord(key, "type")) {
      if (!readType(value, filter.type)) return unknownType(value);
    } else if (sameWord(key, "user")) {
      if (value != "default") return Error{"ERR No such user '" + std::string(value) + "'"};
    } else if (sameWord(key, "skipme") && (sameWord(value, "yes") || sameWord(value, "no"))) {
      filter.skipAsker = sameWord(value, "yes");
    } else {
      return syntaxError();
    }
  }
  return filter;
}

}  // namespace slotway
