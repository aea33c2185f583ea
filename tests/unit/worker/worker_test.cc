// Two workers on threads of their own, clients over real sockets, and a control that the test plays.
#include "worker/worker.h"

#include <unistd.h>

#include <map>
#include <mutex>

#include "cluster/slot_map_builder.h"
#include "living/node.h"
#include "living/peer.h"
#include "living/stage.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr size_t kWorkers = 2;

class Control final : private PostOffice {
 public:
  explicit Control(const std::string& bind, uint64_t mostClients = 100)
      : a(stage, "a"), settings_(makeSettings()), seating_(kWorkers, mostClients) {
    const Address address = *parseBind(bind);
    std::vector<Descriptor> listening;
    for (size_t i = 0; i < kWorkers; ++i) {
      // A Unix socket has one listener, a TCP port one per worker.
      if (address.isUnix() && i > 0) break;
      listening.emplace_back(*bindListener(i == 0 ? address : bound_));
      bound_ = Address::ofSelf(listening.back().get());
    }
    for (size_t i = 0; i < kWorkers; ++i) {
      std::vector<ListenerSeat> seats;
      if (i < listening.size()) seats.push_back({listening[i].release(), 0});
      cells.push_back(std::make_shared<Cells>());
      PostOffice& post = *this;
      workers_.push_back(std::make_unique<Worker>(i, settings_, cells.back(), post, seating_, budget_, seats));
    }
    for (auto& worker : workers_) worker->start();
    const auto map = SlotMapBuilder().master("a", a.endpoint(), 0, 16383).build();
    const auto news = std::make_shared<const UpstreamNews>(UpstreamNews{map, CommandTable::builtin(), "", ""});
    for (auto& worker : workers_) worker->post(News{0, news});
  }
  ~Control() {
    if (!stopping_) stop();
    CHECK(stage.until([this] { return stopped() == kWorkers; }));
    for (auto& worker : workers_) worker->join();
  }

  std::unique_ptr<Peer> connect() {
    const int fd = socket(bound_.storage.ss_family, SOCK_STREAM, 0);
    REQUIRE(::connect(fd, bound_.raw(), bound_.length) == 0);
    return std::make_unique<Peer>(stage, fd);
  }
  void stop() {
    stopping_ = true;
    for (auto& worker : workers_) worker->post(Stop{});
  }
  size_t stopped() {
    std::lock_guard lock(mutex_);
    return stopped_;
  }
  uint64_t clientsAt(size_t worker) const { return cells[worker]->get(Gauge::Clients); }

  Stage stage;
  ScriptedNode a;
  std::vector<std::shared_ptr<Cells>> cells;

 private:
  static std::shared_ptr<const Settings> makeSettings() {
    Settings settings;
    settings.upstreams.push_back({"main", UpstreamKind::Cluster, {"127.0.0.1:1"}, "", "", {}});
    settings.listeners.push_back({"127.0.0.1:1", "main"});
    return std::make_shared<const Settings>(settings);
  }

  // The part of Control that questions to all workers need.
  void toControl(ControlLetter letter) override {
    if (std::holds_alternative<Stopped>(letter)) {
      std::lock_guard lock(mutex_);
      ++stopped_;
    } else if (auto* asked = std::get_if<ClientsAsked>(&letter)) {
      for (auto& worker : workers_) worker->post(AskClients{asked->question});
    } else if (auto* counted = std::get_if<ClientsCounted>(&letter)) {
      gather(*counted);
    } else if (auto* told = std::get_if<TellCensus>(&letter)) {
      const auto news = std::make_shared<const CensusNews>(std::move(told->news));
      for (size_t i = 0; i < kWorkers; ++i) {
        if (i != news->worker) workers_[i]->post(HearCensus{news});
      }
    } else if (auto* taken = std::get_if<CensusTaken>(&letter)) {
      std::lock_guard lock(mutex_);
      if (++taken_[taken->news.get()] < kWorkers - 1) return;
      workers_[taken->news->worker]->post(CensusHeard{taken->news->upstream, taken->news->serial});
    }
  }
  void toWorker(size_t worker, WorkerLetter letter) override { workers_[worker]->post(std::move(letter)); }
  void gather(const ClientsCounted& counted) {
    std::lock_guard lock(mutex_);
    answer_.add(WorkerAnswer(counted.answer));
    if (++answers_ % kWorkers != 0) return;
    workers_[counted.question.worker]->post(ClientsAnswered{counted.question, std::move(answer_)});
    answer_ = {};
  }

  const std::shared_ptr<const Settings> settings_;
  Seating seating_;
  MemoryBudget budget_{kWorkers, settings_->limits.memory};
  Address bound_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex mutex_;
  WorkerAnswer answer_;
  size_t answers_ = 0;
  std::map<const CensusNews*, size_t> taken_;
  size_t stopped_ = 0;
  bool stopping_ = false;
};

std::string unixPath() { return "unix:/tmp/slotway-worker-" + std::to_string(getpid()) + ".sock"; }

}  // namespace

TEST_CASE("worker: clients are shared out evenly, over TCP and over a Unix socket, and are served wherever they sit") {
  for (const std::string& bind : {std::string("127.0.0.1:0"), unixPath()}) {
    CAPTURE(bind);
    Control control(bind);
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 6; ++i) peers.push_back(control.connect());
    REQUIRE(control.stage.until([&] { return control.clientsAt(0) == 3 && control.clientsAt(1) == 3; }));
    for (auto& peer : peers) {
      peer->ask("GET k");
      control.a.expect("GET k");
      control.a.say(bulk("v"));
      peer->expect(bulk("v"));
    }
    CHECK(control.a.connections() == kWorkers);
    peers.clear();
    CHECK(control.stage.until([&] { return control.clientsAt(0) == 0 && control.clientsAt(1) == 0; }));
  }
}

TEST_CASE("worker: the one client too many gets Redis's own line; a seat that is left is free again") {
  Control control("127.0.0.1:0", 2);
  auto one = control.connect();
  auto two = control.connect();
  one->ask("PING");
  one->expect("+PONG\r\n");
  two->ask("PING");
  two->expect("+PONG\r\n");
  auto three = control.connect();
  three->expectLine("-ERR max number of clients reached");
  three->expectEnd();
  two.reset();
  REQUIRE(control.stage.until([&] { return control.clientsAt(0) + control.clientsAt(1) == 1; }));
  // The seat is free a moment before the number is told.
  auto four = control.connect();
  four->ask("PING");
  four->expect("+PONG\r\n");
}

TEST_CASE("worker: CLIENT LIST and KILL reach the clients of all workers") {
  Control control("127.0.0.1:0");
  auto one = control.connect();
  auto two = control.connect();
  one->ask("CLIENT SETNAME one");
  one->expect(kOk);
  two->ask("CLIENT SETNAME two");
  two->expect(kOk);
  one->ask("CLIENT LIST");
  one->expectBegin("$");
  const auto named = [&](const char* name) { return one->socket.in.find(name) != std::string::npos; };
  CHECK(control.stage.until([&] { return named("name=one") && named("name=two") && one->socket.in.ends_with("\n\r\n"); }));
  one->socket.in.clear();

  one->ask("CLIENT KILL TYPE normal SKIPME no");
  one->expect(":2\r\n");
  one->expectEnd();
  two->expectEnd();
}

TEST_CASE("worker: a client of another worker is unblocked") {
  Control control("127.0.0.1:0");
  auto one = control.connect();
  auto two = control.connect();
  REQUIRE(control.stage.until([&] { return control.clientsAt(0) == 1 && control.clientsAt(1) == 1; }));
  one->ask("CLIENT ID");
  const std::string id = one->expectBegin(":").substr(1);
  one->ask("BLPOP k 0");
  control.a.expect("BLPOP k 0");
  two->ask("CLIENT UNBLOCK " + id);
  control.a.expect("CLIENT UNBLOCK " + std::to_string(ScriptedNode::number(0)) + " TIMEOUT");
  control.a.socket(0).send("*-1\r\n");
  control.a.say(":1\r\n");
  one->expect("*-1\r\n");
  two->expect(":1\r\n");
  two->ask("CLIENT UNBLOCK " + id);
  two->expect(":0\r\n");
  two->ask("CLIENT UNBLOCK 99999999");
  two->expect(":0\r\n");
}

TEST_CASE("worker: a subscription is confirmed when the other workers know of it, and a message's receivers are all counted") {
  Control control("127.0.0.1:0");
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 4; ++i) peers.push_back(control.connect());
  REQUIRE(control.stage.until([&] { return control.clientsAt(0) == 2 && control.clientsAt(1) == 2; }));
  const Slice joined = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
  size_t subscriptions = 0;
  for (auto& peer : peers) {
    peer->ask("SUBSCRIBE c");
    REQUIRE(control.stage.until([&] { return control.a.waiting() > 0 || !peer->socket.in.empty(); }));
    if (control.a.waiting() > 0) {
      ++subscriptions;
      control.a.expect("subscribe c");
      control.a.say(joined);
    }
    peer->expect(joined);
  }
  CHECK(subscriptions == kWorkers);
  auto speaker = control.connect();
  speaker->ask("PUBLISH c x");
  control.a.expect("PUBLISH c x");
  control.a.say(":3\r\n");  // our two links and a client of its own
  for (size_t worker = 0; worker < kWorkers; ++worker) {
    control.a.expect("PING");  // what it has said before has come
    control.a.say("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
  }
  speaker->expect(":5\r\n");
}

TEST_CASE("worker: stops when what is in flight is answered, and takes nothing new") {
  Control control("127.0.0.1:0");
  auto idle = control.connect();
  auto busy = control.connect();
  idle->ask("PING");
  idle->expect("+PONG\r\n");
  busy->ask("GET k");
  control.a.expect("GET k");
  control.stop();
  idle->expectEnd();
  control.stage.pass();
  CHECK(control.stopped() < kWorkers);
  control.a.say(bulk("v"));
  busy->expect(bulk("v"));
  busy->expectEnd();
  CHECK(control.stage.until([&] { return control.stopped() == kWorkers; }));
}

TEST_CASE("worker: a monitor is shown what clients of all workers ask for, and nobody is asked once it is gone") {
  Control control("127.0.0.1:0");
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 4; ++i) peers.push_back(control.connect());
  Peer& monitor = *peers.front();
  monitor.ask("MONITOR");
  monitor.expectLine("+OK");
  for (size_t i = 1; i < peers.size(); ++i) {
    peers[i]->ask("ECHO " + std::to_string(i));
    peers[i]->expect("$1\r\n" + std::to_string(i) + "\r\n");
    CHECK(monitor.expectBegin("+").ends_with("] \"ECHO\" \"" + std::to_string(i) + "\""));
  }
  monitor.ask("RESET");
  monitor.expectLine("+RESET");
  for (size_t i = 1; i < peers.size(); ++i) {
    peers[i]->ask("PING");
    peers[i]->expectLine("+PONG");
  }
  monitor.ask("PING");
  monitor.expectLine("+PONG");
}

TEST_CASE("worker: a pause holds back clients of all workers, until its end or CLIENT UNPAUSE") {
  Control control("127.0.0.1:0");
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 4; ++i) peers.push_back(control.connect());
  peers[0]->ask("CLIENT PAUSE 60000 WRITE");
  peers[0]->expectLine("+OK");
  for (auto& peer : peers) {
    peer->ask("PING");
    peer->ask("SET k v");
    peer->expectLine("+PONG");
  }
  CHECK(control.a.waiting() == 0);
  auto other = control.connect();
  other->ask("CLIENT UNPAUSE");
  other->expectLine("+OK");
  for (size_t i = 0; i < peers.size(); ++i) {
    control.a.expect("SET k v");
    control.a.say("+OK\r\n");
  }
  for (auto& peer : peers) peer->expectLine("+OK");
  other->ask("CLIENT PAUSE 20");
  other->expectLine("+OK");
  for (auto& peer : peers) peer->ask("PING");
  for (auto& peer : peers) peer->expectLine("+PONG");
}
