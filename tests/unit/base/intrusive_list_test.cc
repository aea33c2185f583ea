#include "base/intrusive_list.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace slotway {
namespace {

struct Item {
  explicit Item(char itemName) : name(itemName) {}
  char name;
  Hook byOrder;
  Hook byAge;
};

using Order = IntrusiveList<Item, &Item::byOrder>;
using Age = IntrusiveList<Item, &Item::byAge>;

// Forwards and backwards must tell the same story.
template <class List>
std::string names(const List& list) {
  std::string forwards;
  std::string backwards;
  for (const Item* item = list.front(); item != nullptr; item = list.next(*item)) forwards += item->name;
  for (const Item* item = list.back(); item != nullptr; item = list.previous(*item)) backwards.insert(0, 1, item->name);
  CHECK(forwards == backwards);
  CHECK(forwards.size() == list.size());
  CHECK(forwards.empty() == list.empty());
  return forwards;
}

template <class List>
void drain(List& list) {
  while (list.popFront() != nullptr) {
  }
}

}  // namespace

TEST_CASE("intrusive list: elements come in at both ends and leave from anywhere") {
  Item a('a'), b('b'), c('c'), d('d');
  Order list;
  CHECK(names(list).empty());
  CHECK(list.popFront() == nullptr);
  list.pushBack(b);
  list.pushBack(c);
  list.pushFront(a);
  list.pushBack(d);
  CHECK(names(list) == "abcd");
  list.remove(b);
  CHECK(names(list) == "acd");
  CHECK_FALSE(b.byOrder.linked());
  list.remove(d);
  list.remove(a);
  CHECK(names(list) == "c");
  list.pushFront(b);
  CHECK(names(list) == "bc");
  CHECK(list.popFront() == &b);
  CHECK(list.popFront() == &c);
  CHECK(names(list).empty());
}

TEST_CASE("intrusive list: an element may be in one list per hook") {
  Item a('a'), b('b');
  Order order;
  Age age;
  order.pushBack(a);
  order.pushBack(b);
  age.pushFront(a);
  age.pushFront(b);
  CHECK(names(order) == "ab");
  CHECK(names(age) == "ba");
  order.remove(a);
  CHECK(names(age) == "ba");
  CHECK(a.byAge.linked());
  drain(order);
  drain(age);
}

TEST_CASE("intrusive list: one takes over another's elements") {
  Item a('a'), b('b'), c('c');
  Order first;
  Order second;
  first.append(second);
  CHECK(names(first).empty());
  first.pushBack(a);
  second.pushBack(b);
  second.pushBack(c);
  first.append(second);
  CHECK(names(first) == "abc");
  CHECK(names(second).empty());
  second.append(first);
  CHECK(names(second) == "abc");
  drain(second);
}

}  // namespace slotway
