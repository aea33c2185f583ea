#include "settings/yaml_tree.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace slotway::settings {
namespace {

/// Open lists and maps stand on a stack; one that ends moves into the one below it.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(YamlTree& tree) : tree_(tree) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    tree_.whole = false;
    fault(mark, "the settings end before this; expected one YAML document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(nodeAt(mark, YamlNode::Type::Null)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fault(mark, "found an alias (*name); expected the value itself");
    add(nodeAt(mark, YamlNode::Type::Alias));
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string& value) override {
    YamlNode node = nodeAt(mark, YamlNode::Type::Scalar);
    node.scalar = value;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open_.push_back({nodeAt(mark, YamlNode::Type::List)});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open_.push_back({nodeAt(mark, YamlNode::Type::Map)});
  }
  void OnMapEnd() override { close(); }

 private:
  static YamlNode nodeAt(const YAML::Mark& mark, YamlNode::Type type) {
    YamlNode node;
    node.type = type;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void fault(const YAML::Mark& mark, const std::string& text) {
    tree_.faults.push_back({mark.line + 1, mark.column + 1, text});
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      if (documents_ == 1) tree_.root = std::move(node);
      return;
    }
    YamlNode& parent = open_.back();
    // Keys and values of a map come by turns.
    const bool isKey = parent.type == YamlNode::Type::Map && parent.keys.size() == parent.items.size();
    (isKey ? parent.keys : parent.items).push_back(std::move(node));
  }

  void close() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    add(std::move(node));
  }

  YamlTree& tree_;
  std::vector<YamlNode> open_;
  int documents_ = 0;
};

}  // namespace

YamlTree parseYaml(Slice text) {
  YamlTree tree;
  Builder builder(tree);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    // Not more than two: at a stray ',' or ']' yaml-cpp finds an empty document again and again, never getting past it.
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
  } catch (const YAML::Exception& e) {
    tree.whole = false;
    const bool deep = dynamic_cast<const YAML::DeepRecursion*>(&e) != nullptr;
    // Some exceptions know no place: their mark is -1.
    tree.faults.push_back({std::max(e.mark.line + 1, 1), std::max(e.mark.column + 1, 1),
                           deep ? "nested too deeply to be settings" : "not YAML: " + e.msg});
  }
  return tree;
}

}  // namespace slotway::settings
