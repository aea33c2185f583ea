// What a worker says to questions that go to all workers, and what it does for them.
#include "client/question.h"

#include <algorithm>

#include "worker/worker.h"

namespace slotway {
namespace {

using Kind = ClientQuestion::Kind;

uint64_t millisecondsUntil(uint64_t untilUs) {
  const uint64_t nowUs = Loop::monotonicUs();
  return untilUs > nowUs ? (untilUs - nowUs + 999) / 1000 : 0;
}

}  // namespace

// A pause holds for what the asking client sends behind it, so this worker does not wait for its own letter.
void Worker::ask(ClientQuestion question) {
  question.worker = index_;
  apply(question);
  post_.toControl(ClientsAsked{std::move(question)});
}

void Worker::read(AskClients& letter) {
  if (letter.question.kind == Kind::Unblock) return unblock(std::move(letter.question));
  WorkerAnswer answer = answerTo(letter.question);
  if (letter.question.clientId != 0) post_.toControl(ClientsCounted{std::move(letter.question), std::move(answer)});
}

// Nodes are asked: the answer comes later.
void Worker::unblock(ClientQuestion question) {
  Client* const client = clientNumbered(static_cast<uint64_t>(question.number));
  const std::string how = question.words.front();
  const auto told = [this, question = std::move(question)](bool unblocked) {
    post_.toControl(ClientsCounted{question, WorkerAnswer{{}, unblocked ? 1u : 0u}});
  };
  client == nullptr ? told(false) : client->unblock(how, told);
}

void Worker::read(ClientsAnswered& letter) {
  Client* const client = clientNumbered(letter.question.clientId);
  if (letter.question.kind == Kind::MonitorBegins) seatMonitor(client);
  if (client == nullptr) return;
  Bytes reply;
  writeAnswer(letter.question, std::move(letter.answer), client->version(), reply);
  client->answerLater(letter.question.sequence, reply.slice());
}

WorkerAnswer Worker::answerTo(const ClientQuestion& question) {
  WorkerAnswer answer;
  switch (question.kind) {
    case Kind::List:
    case Kind::Kill: listClients(question, answer); break;
    case Kind::MonitorBegins: countMonitors(question.worker, 1); break;
    case Kind::MonitorEnds: countMonitors(question.worker, -1); break;
    default: slowLog_.answer(question, answer);
  }
  if (question.worker != index_) apply(question);
  return answer;
}

void Worker::listClients(const ClientQuestion& question, WorkerAnswer& answer) {
  for (Client* client = clients_.front(); client != nullptr; client = clients_.next(*client)) {
    const ClientFacts facts = client->facts();
    if (!question.filter.matches(facts, question.clientId)) continue;
    ++answer.count;
    if (question.kind == Kind::List) {
      answer.rows.push_back({facts.id, facts.line()});
    } else if (client->id() == question.clientId) {
      client->finish();  // who kills itself reads the answer first
    } else {
      client->close();
    }
  }
}

void Worker::apply(const ClientQuestion& question) {
  switch (question.kind) {
    case Kind::PauseWrites: return pause(Paused::Writes, static_cast<uint64_t>(question.number));
    case Kind::PauseAll: return pause(Paused::All, static_cast<uint64_t>(question.number));
    case Kind::Unpause: return unpause();
    case Kind::SetSlowThreshold: return setSlowUs(question.number);
    case Kind::SetSlowEntries: return slowLog_.keepAtMost(static_cast<uint64_t>(std::max<int64_t>(question.number, 0)));
    default: return;
  }
}

// A second pause makes the first one longer or stricter, never less. Source: Redis 7.0 networking.c (pauseClients).
void Worker::pause(Paused whom, uint64_t untilUs) {
  paused_ = std::max(paused_, whom);
  scratch_.paused = std::max(scratch_.paused, whom);
  pausedUntilUs_ = std::max(pausedUntilUs_, untilUs);
  pauseEnd_.start(millisecondsUntil(pausedUntilUs_));
}

void Worker::unpause() {
  paused_ = Paused::Nobody;
  pausedUntilUs_ = 0;
  pauseEnd_.stop();
  letGo();
}

// The cluster is waited for at the start as a lost shard is.
void Worker::lookWhetherReached() {
  const bool late = loop_.nowMs() >= bornMs_ + settings_->timeouts.failoverHoldMs;
  if (!unreached_ || (!late && !std::ranges::all_of(routers_, [](const auto& router) { return router->ready(); }))) return;
  unreached_ = false;
  letGo();
}

void Worker::letGo() {
  scratch_.paused = std::max(paused_, unreached_ ? Paused::Unreached : Paused::Nobody);
  for (Client* client = clients_.front(); client != nullptr; client = clients_.next(*client)) client->wake();
}

void Worker::setSlowUs(int64_t microseconds) {
  const uint64_t slowUs = microseconds < 0 ? UINT64_MAX : static_cast<uint64_t>(microseconds);
  for (auto& router : routers_) router->setSlowUs(slowUs);
}

Client* Worker::clientNumbered(uint64_t id) {
  Client* client = clients_.front();
  while (client != nullptr && client->id() != id) client = clients_.next(*client);
  return client;
}

}  // namespace slotway
