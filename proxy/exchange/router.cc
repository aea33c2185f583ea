#include "exchange/router.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "cluster/address_map.h"
#include "exchange/key_watches.h"

namespace slotway {
namespace {

constexpr size_t kIdleExchanges = 4096;
constexpr size_t kIdleLegs = 8192;
// How finely back-offs are timed; the timer runs only while something is parked.
constexpr uint64_t kWakeMs = 5;

}  // namespace

Router::Router(Loop& loop, Cells& cells, const Settings& settings, size_t upstream,
               std::function<void(const RefreshRequest&)> askControl)
    : loop_(loop),
      cells_(cells),
      settings_(settings),
      upstream_(upstream),
      askControl_(std::move(askControl)),
      news_(std::make_shared<UpstreamNews>(UpstreamNews{nullptr, CommandTable::builtin(), "", ""})),
      outages_(cells, settings),
      connections_(settings),
      links_(loop, static_cast<PoolOwner&>(*this), cells, connections_, settings.timeouts, settings.upstreams[upstream]),
      resp3Links_(loop, static_cast<PoolOwner&>(*this), cells, connections_, settings.timeouts, settings.upstreams[upstream],
                  resp::Version::Resp3),
      scripts_(settings.limits.scriptBytes),
      exchanges_(kIdleExchanges),
      legs_(kIdleLegs),
      wakeTimer_(loop, [this] { wakeQueues(Which::All); }) {
  owners_.fill(kNoNode);
}

Router::~Router() {
  close();
  CHECK_THAT(orphans_.empty());
  while (watched_.popFront() != nullptr) {
  }
}

template <class Visit>
void Router::eachPool(Visit visit) {
  visit(links_);
  visit(resp3Links_);
  for (LinkPool* links = ownLinks_.front(); links != nullptr; links = ownLinks_.next(*links)) visit(*links);
}

KeyWatches& Router::keyWatches() {
  if (keyWatches_ == nullptr) keyWatches_ = std::make_unique<KeyWatches>(*this);
  return *keyWatches_;
}

size_t Router::objectBytes() const {
  return exchanges_.bytesInUse() + legs_.bytesInUse() + (keyWatches_ == nullptr ? 0 : keyWatches_->bytes());
}

void Router::close() {
  keyWatches_.reset();
  eachPool([](LinkPool& links) { links.close("shutting down"); });
  for (auto& links : released_) ownLinks_.remove(*links);
  released_.clear();
}

std::unique_ptr<LinkPool> Router::linksFor(PoolListener& listener, resp::Version version, LinkPool::More more,
                                           LinkPool::Open open) {
  auto links = std::make_unique<LinkPool>(loop_, static_cast<PoolOwner&>(*this), cells_, connections_, settings_.timeouts,
                                          settings_.upstreams[upstream_], version);
  links->serve(listener, std::move(more), open);
  if (ready()) links->adopt(map(), marks_.all());
  ownLinks_.pushBack(*links);
  return links;
}

bool Router::ownsSlots(NodeIndex node) const { return std::ranges::find(owners_, node) != owners_.end(); }

void Router::release(std::unique_ptr<LinkPool> links) {
  links->serveNobody();
  released_.push_back(std::move(links));
}

// What the nodes remember of a client's reads is about the slots they had.
void Router::slotsMoved() {
  for (LinkPool* links = ownLinks_.front(); links != nullptr; links = ownLinks_.next(*links)) {
    if (links->listener() != nullptr) links->listener()->poolForgot();
  }
}

void Router::adopt(std::shared_ptr<const UpstreamNews> news) {
  CHECK_THAT(loop_.onThread());
  const bool sameMap = news->map == news_->map;
  const std::shared_ptr<const SlotMap> before = news_->map;
  news_ = std::move(news);
  if (tables_.empty() || tables_.back() != news_->table) tables_.push_back(news_->table);
  if (sameMap || news_->map == nullptr) return;
  owners_ = news_->map->owners();
  ++version_;
  if (before != nullptr) noteSuccessors(*before);
  listMasters();
  const uint64_t gone = marks_.adopt(*news_->map, masters_);
  if (gone != 0 && onLost_ != nullptr) onLost_(gone);
  eachPool([this](LinkPool& links) {
    links.adopt(*news_->map, marks_.all());
    links.recall();
  });
  noteOutages();
  slotsMoved();
  wakeQueues(Which::All);
}

NodeIndex Router::nodeAt(Endpoint announced, const Endpoint& asked) const {
  if (announced.host.empty()) {
    announced.host = asked.host;
    return map().findEndpoint(announced);
  }
  return map().findEndpoint(translated(settings_.upstreams[upstream_].addressMap, std::move(announced)));
}

Link* Router::link(RoutedLeg& leg, const OrderQueue& queue) {
  const bool byMap = leg.aim == RoutedLeg::Aim::Slot && !leg.asking;
  if (!byMap) return linkOffTheMap(leg, queue);
  const NodeIndex node = owners_[leg.slot];
  return node == kNoNode ? nullptr : &queue.links().link(node);
}

bool Router::speaksResp3() const {
  constexpr unsigned kFirstMajor = 6;
  const std::string& version = news_->serverVersion;
  unsigned major = kFirstMajor;  // an unknown one may
  std::from_chars(version.data(), version.data() + version.size(), major);
  return major >= kFirstMajor;
}

Link* Router::linkOffTheMap(RoutedLeg& leg, const OrderQueue& queue) {
  if (leg.aim == RoutedLeg::Aim::Pinned) return leg.link;
  const NodeIndex node = nodeOffTheMap(leg, queue.clientId());
  if (node == kNoNode) return nullptr;
  if (leg.ownLink) return &queue.links().linkForOne(node);
  return leg.borrowsLink() ? queue.links().lend(node) : &queue.links().link(node);
}

bool Router::lacksConnections(RoutedLeg& leg, const OrderQueue& queue) {
  const NodeIndex node = leg.borrowsLink() ? nodeOffTheMap(leg, queue.clientId()) : kNoNode;
  return node != kNoNode && queue.links().full(node);
}

bool Router::lacksConnections() const {
  return std::ranges::any_of(masters_, [this](NodeIndex master) { return connections_.full(map().node(master).endpoint); });
}

NodeIndex Router::meantFor(const RoutedLeg& leg, uint64_t clientId) const {
  switch (leg.aim) {
    case RoutedLeg::Aim::Slot:
    case RoutedLeg::Aim::Private:
    case RoutedLeg::Aim::Pinned: return leg.slot == kNoSlot ? kNoNode : owners_[leg.slot];
    case RoutedLeg::Aim::AnyMaster: return someMaster(clientId);
    case RoutedLeg::Aim::FixedMaster: return fixedMaster_;
    case RoutedLeg::Aim::Speaker: return speaker_;
    case RoutedLeg::Aim::Node:
    case RoutedLeg::Aim::ThisMaster: return leg.knownDetour() == nullptr ? kNoNode : map().findId(leg.knownDetour()->nodeId);
  }
  return kNoNode;
}

// Where something else than the slot's owner decides.
NodeIndex Router::nodeOffTheMap(RoutedLeg& leg, uint64_t clientId) {
  NodeIndex node = kNoNode;
  switch (leg.aim) {
    case RoutedLeg::Aim::Slot:
    case RoutedLeg::Aim::Private:
      if (!leg.asking) return owners_[leg.slot];
      node = map().findEndpoint(leg.detour().askAt);
      leg.asking = node != kNoNode;
      return leg.asking ? node : owners_[leg.slot];
    case RoutedLeg::Aim::AnyMaster:
      return someMaster(clientId);
    case RoutedLeg::Aim::FixedMaster:
      return fixedMaster_;
    case RoutedLeg::Aim::Speaker:
      return speaker_;
    case RoutedLeg::Aim::Node:
      node = leg.bestEffort ? map().findId(leg.detour().nodeId) : nodeOrSuccessor(leg.detour().nodeId);
      if (node != kNoNode && map().node(node).role == Role::Replica && !leg.bestEffort) {
        node = map().findId(map().node(node).masterId);
      }
      return node;
    case RoutedLeg::Aim::ThisMaster:
      node = map().findId(leg.detour().nodeId);
      return node != kNoNode && marks_.of(node) != 0 ? node : kNoNode;
    case RoutedLeg::Aim::Pinned:
      break;
  }
  return kNoNode;
}

void Router::noteMoved(HashSlot slot, NodeIndex node) {
  if (owners_[slot] == node) return;
  owners_[slot] = node;
  torn_.erase(slot);  // all of it has
  ++version_;
  slotsMoved();
}

uint64_t Router::requestRefresh(RefreshCause cause, const Endpoint& ask) {
  const bool pending = lastTicket_ > refreshedTicket_;
  if (pending && ask.host.empty()) return lastTicket_;
  askControl_({upstream_, cause, ++lastTicket_, ask});
  return lastTicket_;
}

void Router::refreshed(uint64_t ticket) {
  refreshedTicket_ = std::max(refreshedTicket_, ticket);
  wakeQueues(Which::All);
}

std::string Router::idOf(const Endpoint& endpoint) const {
  const NodeIndex node = map().findEndpoint(endpoint);
  return node == kNoNode ? "" : map().node(node).id;
}

void Router::hear(ScriptsToWorker letter) {
  std::visit([this](auto& content) { scripts_.read(content); }, letter);
  wakeQueues(Which::All);
}

void Router::giveBack(Link& link) { lenderOf(link).giveBack(link); }

void Router::discard(Link& link) { lenderOf(link).discard(link); }

void Router::release(Link& link) { lenderOf(link).release(link); }

LinkPool& Router::lenderOf(const Link& link) {
  LinkPool* lender = nullptr;
  eachPool([&](LinkPool& links) { lender = links.lent(link) ? &links : lender; });
  CHECK_THAT(lender != nullptr);
  return *lender;
}

void Router::pause(Link& link) {
  link.pause();
  if (link.draining()) return;  // it has been replaced already
  links_.replace(link);
  resp3Links_.replace(link);
  ++version_;
}

// Over the link that all share: who comes next on the private one must not be taken for who has blocked on it.
void Router::unblock(Exchange& blocked, Slice how, std::function<void(bool)> told) {
  if (blocked.unblock(how, told)) return;
  Unblocking& call = *unblockings_.emplace_back(std::make_unique<Unblocking>(std::move(told)));
  blocked.eachLeg([&](RoutedLeg& leg) {
    if (!leg.onPrivateLink() || leg.state != LegState::Sent || leg.link->number() == 0) return;
    const NodeIndex node = map().findEndpoint(leg.link->endpoint());
    if (node == kNoNode) return;
    leg.linkEnds = true;
    call.add(links_.link(node), leg.link->number(), how);
  });
  call.begun();
}

std::unique_ptr<Exchange> Router::takeExchange() { return exchanges_.take(); }

void Router::giveExchange(std::unique_ptr<Exchange> exchange) {
  exchange->reset();
  exchanges_.give(std::move(exchange));
}

std::unique_ptr<RoutedLeg> Router::takeLeg() { return legs_.take(); }

void Router::giveLeg(std::unique_ptr<RoutedLeg> leg) {
  leg->reset();
  legs_.give(std::move(leg));
}

void Router::keepOrphan(std::unique_ptr<Exchange> exchange) { orphans_.pushBack(*exchange.release()); }

void Router::dropOrphan(Exchange& exchange) {
  orphans_.remove(exchange);
  giveExchange(std::unique_ptr<Exchange>(&exchange));
}

void Router::watch(OrderQueue& queue) {
  if (queue.watchHook.linked()) return;
  watched_.pushBack(queue);
  if (!wakeTimer_.active()) wakeTimer_.start(kWakeMs, kWakeMs);
}

void Router::wakeQueues(Which which) {
  for (size_t left = watched_.size(); left > 0; --left) {
    OrderQueue* queue = watched_.popFront();
    if (queue == nullptr) break;  // one may end with another's answer
    if (which == Which::All || queue->wakeDue()) queue->wake();
    if (queue->parked() && !queue->watchHook.linked()) watched_.pushBack(*queue);
  }
  if (watched_.empty()) wakeTimer_.stop();
}

void Router::flush() {
  // Writing may lose a link, whose legs are then parked and may go elsewhere in the same turn.
  do {
    if (!watched_.empty()) wakeQueues(Which::Stirred);
    eachPool([](LinkPool& links) { links.flush(); });
  } while (dirty());
}

bool Router::dirty() const {
  bool dirty = links_.dirty() || resp3Links_.dirty();
  for (LinkPool* links = ownLinks_.front(); links != nullptr; links = ownLinks_.next(*links)) dirty |= links->dirty();
  return dirty;
}

// Any node takes messages: for one that cannot be reached nobody needs to wait while there is another.
void Router::leaveSpeaker() {
  const bool lost = speaker_ != kNoNode && outages_.isLost(map().node(speaker_).endpoint);
  if (!lost && speaksUntilUs_ == 0) return;
  const NodeIndex spoke = speaker_;
  chooseSpeaker();
  if (lost && speaker_ != spoke) eachPool([](LinkPool& links) { links.recall(); });
}

void Router::checkStalled() {
  leaveSpeaker();
  if (outages_.passed(nowUs())) eachPool([](LinkPool& links) { links.recall(); });
  eachPool([this](LinkPool& links) {
    links.beat(loop_.nowUs());
    if (links.checkStalled(loop_.nowUs(), settings_.timeouts.requestDeadlineMs * 1000)) ++version_;
  });
  if (keyWatches_ != nullptr) keyWatches_->checkTime();
  std::erase_if(torn_, [this](const auto& each) { return each.second <= nowUs(); });
  std::erase_if(unblockings_, [](const auto& call) { return call->over(); });
  std::erase_if(released_, [this](auto& links) {
    if (!links->idle()) return false;
    ownLinks_.remove(*links);
    return true;
  });
}

}  // namespace slotway
