// How C callbacks and handle lifetimes of libuv become C++: one trampoline, one deleter.
// A handle lives in a HandlePtr; letting go of it calls uv_close, and the memory goes in the close callback, since libuv
// still touches a closing handle until then. `handle->data` is the object whose member a callback calls.
// Thread: the loop's.
#pragma once
#include <uv.h>

#include <memory>

namespace slotway {

template <class Handle>
struct CloseHandle {
  void operator()(Handle* handle) const {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
  }
};

template <class Handle>
using HandlePtr = std::unique_ptr<Handle, CloseHandle<Handle>>;

/// Trampoline<&Class::member>::call is a libuv callback whose first parameter is a handle with data = Class*.
template <auto kMember>
struct Trampoline;

template <class Class, class... Rest, void (Class::*kMember)(Rest...)>
struct Trampoline<kMember> {
  template <class Handle>
  static void call(Handle* handle, Rest... rest) {
    (static_cast<Class*>(handle->data)->*kMember)(rest...);
  }
};

}  // namespace slotway
