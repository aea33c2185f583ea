// What /metrics says: the registered blocks of cells, summed when asked, and what is read at that moment.
//
//     worker 0: Cells --+
//     worker 1: Cells --+--> Collect() --> prometheus::MetricFamily ... --> text()
//     control:  Cells --+        ^-- Source: topology age, process memory, ...
//
// Owner: Control. Thread: any; blocks are adopted by control's, scraped by an HTTP thread.
#pragma once
#include <prometheus/collectable.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "metrics/catalog.h"
#include "metrics/cells.h"

namespace slotway {

struct AdoptedCells {
  std::shared_ptr<const Cells> cells;
  std::string worker;  ///< empty for a block that is no worker's
};

class Exposition : public prometheus::Collectable {
 public:
  /// The name of the command with this index: not empty, no two alike, for every index that was counted.
  using CommandName = std::function<std::string(size_t index)>;
  /// Fills in what it knows. Called on the scraping thread, as is CommandName: both read published snapshots only.
  using Source = std::function<void(ScrapedValues&)>;

  Exposition(std::string version, CommandName commandName, Source source)
      : version_(std::move(version)), commandName_(std::move(commandName)), source_(std::move(source)) {}

  /// From now on this block is part of the sums, for good: a counter must never fall, so the cells of a worker that has
  /// ended stay. `worker` is the label of its own metrics ("0"); a block without one is in none of those.
  void adopt(std::shared_ptr<const Cells> cells, std::string worker = {});

  std::vector<prometheus::MetricFamily> Collect() const override;

  /// The same in Prometheus's text format 0.0.4.
  std::string text() const;

 private:
  std::vector<AdoptedCells> adopted() const;

  const std::string version_;
  const CommandName commandName_;
  const Source source_;
  mutable std::mutex mutex_;
  std::vector<AdoptedCells> adopted_;
};

}  // namespace slotway
