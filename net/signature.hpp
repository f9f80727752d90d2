// Job: the signatures of the Binance Spot REST conventions, for both sides: HMAC-SHA256 over the
//      parameters as they are sent, in lower-case hex; and the key pairs they are made with.
//      Digests and random words for other secrets too (access/token_set.hpp).
// Key files: the key on the first line, the secret on the second; 16 to 128 letters and digits
// each. Errors: not_found, io_error, invalid_argument; none of them shows what the file says.
// Threads: pure. Tests: tests/net/signature_test.cpp
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"

namespace pitwall {

struct api_key {
  std::string key, secret;
};

std::string hmac_sha256_hex(std::string_view secret, std::string_view text);
std::string sha256_hex(std::string_view text);
/// In a time that does not tell where they differ.
bool same_secret(std::string_view a, std::string_view b) noexcept;

/// 64 letters and digits, more than 256 bits. io_error: the system has no random bytes.
result<std::string> random_word();
result<api_key> make_api_key();
result<api_key> read_api_key(const std::filesystem::path& file);
/// Readable for its owner alone; an existing file is an error.
status write_api_key(const std::filesystem::path& file, const api_key& pair);

}  // namespace pitwall
