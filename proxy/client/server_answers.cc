#include "client/server_answers.h"

#include <unistd.h>

#include <algorithm>

#include "client/cluster_answers.h"
#include "client/gathered.h"
#include "command/info_text.h"
#include "command/node_questions.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"
#include "settings/command_line.h"

namespace slotway {
namespace {

using resp::ReplyReader;

constexpr Slice kOwnSection = "slotway";

bool isOwn(Slice section) { return sameWord(section, kOwnSection); }

bool showsOwn(Slice section) {
  return isOwn(section) || sameWord(section, "default") || sameWord(section, "all") || sameWord(section, "everything");
}

void line(std::string& text, Slice name, const std::string& value) {
  text += std::string(name) + ":" + value + "\r\n";
}

std::string ownSection(const Ask& ask) {
  const ProcessView process = ask.house().process();
  const UpstreamNews& news = ask.router().news();
  std::string text = "# Slotway\r\n";
  line(text, "slotway_version", std::string(programVersion()));
  line(text, "slotway_process_id", std::to_string(getpid()));
  line(text, "slotway_uptime_in_seconds", std::to_string(process.uptimeSeconds));
  line(text, "slotway_workers", std::to_string(process.workers));
  line(text, "slotway_worker", std::to_string(process.worker));
  line(text, "slotway_connected_clients", std::to_string(process.clients));
  line(text, "slotway_upstream", ask.listener().upstream);
  line(text, "slotway_facade", ask.facesCluster() ? "cluster" : "single");
  line(text, "slotway_masters", std::to_string(ask.router().masters().size()));
  line(text, "slotway_nodes", std::to_string(news.map == nullptr ? 0 : news.map->nodes().size()));
  line(text, "slotway_slots_served", std::to_string(news.map == nullptr ? 0 : news.map->coveredSlots()));
  line(text, "slotway_topology_epoch", std::to_string(news.map == nullptr ? 0 : news.map->epoch()));
  if (!news.trouble.empty()) line(text, "slotway_topology_trouble", news.trouble);
  return text;
}

// What is the proxy's and not the nodes'.
std::string corrections(const Ask& ask) {
  std::string text;
  line(text, "redis_mode", ask.facesCluster() ? "cluster" : "standalone");
  line(text, "process_id", std::to_string(getpid()));
  line(text, "tcp_port", std::to_string(ownEndpoint(ask).port));
  line(text, "maxclients", std::to_string(ask.settings().limits.clients));
  line(text, "cluster_enabled", ask.facesCluster() ? "1" : "0");
  return text;
}

// In the shape of the replies that it is made of.
void writeText(Slice like, Slice text, Bytes& out) {
  resp::verbatim(out, text, like.starts_with('=') ? resp::Version::Resp3 : resp::Version::Resp2);
}

bool foldInfos(Slice own, std::span<const Slice> replies, Bytes& out) {
  std::vector<Slice> texts;
  for (const Slice reply : replies) {
    const auto text = ask::text(reply);
    if (!text) return false;
    texts.push_back(*text);
  }
  writeText(replies.front(), mergeInfo(texts, own), out);
  return true;
}

// *3 master, offset, *n of [ip, port, offset]: offsets summed, replicas one after another.
bool foldRoles(std::span<const Slice> replies, Bytes& out) {
  int64_t offset = 0;
  int64_t replicas = 0;
  std::string rows;
  for (const Slice reply : replies) {
    ReplyReader reader(reply);
    if (!reader.next().isArray() || reader.next().text != "master") return false;
    offset += reader.next().number;
    const auto list = reader.next();
    if (!list.isArray()) return false;
    replicas += list.number;
    rows += reader.rest();
  }
  resp::arrayHeader(out, 3);
  resp::bulk(out, "master");
  resp::integer(out, offset);
  resp::arrayHeader(out, static_cast<size_t>(replicas));
  out.append(rows);
  return true;
}

void gather(Ask& ask, Gathered::Fold fold) {
  if (!ask.ready()) return;
  ask.later = true;
  ask.exchange.begin(std::make_unique<Gathered>(*ask.exchange.command(), ask.request.wire, Gathered::Whom::Masters,
                                                std::move(fold)));
}

}  // namespace

void answerInfo(Ask& ask) {
  const auto sections = ask.args.subspan(1);
  const bool withOwn = sections.empty() || std::ranges::any_of(sections, showsOwn);
  if (!sections.empty() && std::ranges::all_of(sections, isOwn)) return ask.text(ownSection(ask));
  gather(ask, [own = corrections(ask) + (withOwn ? ownSection(ask) : "")](auto replies, Bytes& out) {
    return foldInfos(own, replies, out);
  });
}

void answerRole(Ask& ask) { gather(ask, foldRoles); }

}  // namespace slotway
