// Job: what both state stores do alike: name a workflow definition's text by its SHA-256, so that
//      the same text is kept once; word the errors.
#pragma once

#include <string>
#include <string_view>

#include "runtime/ports/state_store.hpp"

namespace pitwall::storage {

/// 64 lower-case hex digits. Errors: internal, where the crypto library refuses.
result<std::string> sha256_hex(std::string_view text);

/// state_store::put_definition in terms of put(): "definition/<id>".
result<std::string> store_definition(state_store& store, std::string_view text, durability how);

/// What get() says where there is nothing.
error no_such_key(std::string_view key);

}  // namespace pitwall::storage
