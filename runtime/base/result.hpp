// Job: a value or an error; the way failures travel inside the house (exceptions end at the door).
// Errors: taking the side that is not there aborts: a defect, never a user's error.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <type_traits>
#include <utility>
#include <variant>

#include "runtime/base/error.hpp"

namespace pitwall {

namespace detail {
[[noreturn]] inline void bad_result_access(const char* what) noexcept {
  std::fprintf(stderr, "pitwall: result accessed as %s, but it is not\n", what);
  std::abort();
}
}  // namespace detail

template <class T>
class [[nodiscard]] result {
 public:
  using value_type = T;

  result(T v) : state_(std::in_place_index<0>, std::move(v)) {}  // NOLINT(*-explicit-*)
  result(pitwall::error e)
      : state_(std::in_place_index<1>, std::move(e)) {}  // NOLINT(*-explicit-*)
  result(errc code, std::string message, std::string where = {}, std::string remedy = {})
      : state_(std::in_place_index<1>,
               pitwall::error{code, std::move(message), std::move(where), std::move(remedy)}) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & {
    if (!ok()) detail::bad_result_access("a value");
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    if (!ok()) detail::bad_result_access("a value");
    return *std::get_if<0>(&state_);
  }
  T&& value() && { return std::move(value()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  template <class U>
  T value_or(U&& other) const& {
    return ok() ? value() : static_cast<T>(std::forward<U>(other));
  }

  const pitwall::error& error() const& {
    if (ok()) detail::bad_result_access("an error");
    return *std::get_if<1>(&state_);
  }
  pitwall::error&& error() && {
    if (ok()) detail::bad_result_access("an error");
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, pitwall::error> state_;
};

/// Success without a value: `return done{};`.
struct done {
  friend bool operator==(done, done) = default;
};

using status = result<done>;

}  // namespace pitwall

/// Evaluates a result; returns its error from the enclosing function, else binds the value.
#define PITWALL_CONCAT_(a, b) a##b
#define PITWALL_CONCAT(a, b) PITWALL_CONCAT_(a, b)
#define PITWALL_TRY(name, expr) PITWALL_TRY_(name, expr, PITWALL_CONCAT(pitwall_try_, __LINE__))
#define PITWALL_TRY_(name, expr, tmp)           \
  auto tmp = (expr);                            \
  if (!tmp.ok()) return std::move(tmp).error(); \
  auto name = std::move(tmp).value()
#define PITWALL_CHECK(expr)                                             \
  do {                                                                  \
    auto pitwall_check_ = (expr);                                       \
    if (!pitwall_check_.ok()) return std::move(pitwall_check_).error(); \
  } while (false)
