#include "net/signature.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace pitwall {

namespace {

constexpr std::size_t shortest = 16, longest = 128;

bool is_word(std::string_view text) noexcept {
  return text.size() >= shortest && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

std::string hex(const unsigned char* bytes, std::size_t size) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    out += digits[bytes[i] / 16U];
    out += digits[bytes[i] % 16U];
  }
  return out;
}

}  // namespace

std::string hmac_sha256_hex(std::string_view secret, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return hex(digest.data(), size);
}

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return hex(digest.data(), size);
}

bool same_secret(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

result<std::string> random_word() {
  static constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string out;
  while (out.size() < 64) {
    unsigned char byte = 0;
    if (RAND_bytes(&byte, 1) != 1) {
      return {errc::io_error, "the system has no random bytes for a key"};
    }
    // 248 = 4 * 62: every letter as likely as any other.
    if (byte < 4 * letters.size()) out += letters[byte % letters.size()];
  }
  return out;
}

result<api_key> make_api_key() {
  PITWALL_TRY(key, random_word());
  PITWALL_TRY(secret, random_word());
  return api_key{std::move(key), std::move(secret)};
}

result<api_key> read_api_key(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) {
    return {errc::not_found, "the key file cannot be read", file.string(),
            "check that it is there, and its permissions"};
  }
  api_key out;
  std::array<char, longest + 2> line{};
  for (std::string* part : {&out.key, &out.secret}) {
    in.getline(line.data(), line.size());
    *part = line.data();
    if (part->ends_with('\r')) part->pop_back();
    if (is_word(*part)) continue;
    return {errc::invalid_argument, "the key file does not hold a key and a secret", file.string(),
            "write the key on its first line and the secret on the second: 16 to 128 letters and "
            "digits each"};
  }
  return out;
}

status write_api_key(const std::filesystem::path& file, const api_key& pair) {
  const auto failed = [&] {
    return error{errc::io_error,
                 std::string("the key file cannot be written: ") + std::strerror(errno),
                 file.string(), "choose another place, or remove the old file"};
  };
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return failed();
  const std::string text = pair.key + "\n" + pair.secret + "\n";
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd) == 0;
  ::close(fd);
  if (!written) return failed();
  return done{};
}

}  // namespace pitwall
