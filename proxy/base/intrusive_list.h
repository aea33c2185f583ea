// A doubly linked list whose links live in the elements: no allocation, removal in O(1) from anywhere.
// The list owns nothing; an element must leave before it dies (asserted). One Hook per list that an element can be in.
// Thread: that of the elements' owner.
#pragma once
#include <cstddef>

#include "base/check.h"

namespace slotway {

class Hook {
 public:
  Hook() = default;
  Hook(const Hook&) = delete;
  Hook& operator=(const Hook&) = delete;
  ~Hook() { CHECK_THAT(!linked()); }

  bool linked() const { return next_ != nullptr; }

 private:
  template <class T, Hook T::*kHook>
  friend class IntrusiveList;
  Hook* previous_ = nullptr;
  Hook* next_ = nullptr;
};

template <class T, Hook T::*kHook>
class IntrusiveList {
 public:
  IntrusiveList() { root_.previous_ = root_.next_ = &root_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() {
    CHECK_THAT(empty());
    root_.previous_ = root_.next_ = nullptr;
  }

  bool empty() const { return root_.next_ == &root_; }
  size_t size() const { return size_; }

  T* front() const { return element(root_.next_); }
  T* back() const { return element(root_.previous_); }
  /// The neighbour, or nullptr at the end.
  T* next(const T& of) const { return element((of.*kHook).next_); }
  T* previous(const T& of) const { return element((of.*kHook).previous_); }

  void pushBack(T& element) { insert(element, *root_.previous_, root_); }
  void pushFront(T& element) { insert(element, root_, *root_.next_); }

  void remove(T& element) {
    Hook& hook = element.*kHook;
    CHECK_THAT(hook.linked());
    hook.previous_->next_ = hook.next_;
    hook.next_->previous_ = hook.previous_;
    hook.previous_ = hook.next_ = nullptr;
    --size_;
  }

  T* popFront() {
    T* first = front();
    if (first != nullptr) remove(*first);
    return first;
  }

  /// Takes over all elements of `other`, behind ours.
  void append(IntrusiveList& other) {
    while (T* first = other.popFront()) pushBack(*first);
  }

 private:
  // Where in an element its hook lies: a constant, found by a place for an element that is never made.
  static std::ptrdiff_t offset() {
    alignas(T) char place[sizeof(T)];
    return reinterpret_cast<char*>(&(reinterpret_cast<T*>(place)->*kHook)) - place;
  }

  T* element(Hook* hook) const {
    return hook == &root_ ? nullptr : reinterpret_cast<T*>(reinterpret_cast<char*>(hook) - offset());
  }

  void insert(T& element, Hook& before, Hook& after) {
    Hook& hook = element.*kHook;
    CHECK_THAT(!hook.linked());
    hook.previous_ = &before;
    hook.next_ = &after;
    before.next_ = after.previous_ = &hook;
    ++size_;
  }

  Hook root_;
  size_t size_ = 0;
};

}  // namespace slotway
