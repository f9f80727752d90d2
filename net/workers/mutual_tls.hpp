// Job: what a host's port for workers, and a worker, prove who they are with, and whom they
// believe:
//      a certificate, its key, and the one authority that has issued all of them.
// Form: PEM (net/access/certificate_authority.hpp makes such files).
// Security: TLS 1.3 alone, both ends verified; a host must show a certificate for servers, a worker
//      one for clients; nothing is resumed: every connection is verified anew.
// Errors: all that is wrong with the files at once; invalid_argument, io_error, failed_precondition
//      (out of its time). Each names the file.
// Threads: pure. Tests: tests/net/mutual_tls_test.cpp
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.hpp"

namespace boost::asio::ssl {
class context;
}

namespace pitwall::remote {

struct identity_files {
  std::filesystem::path certificate, key, authority;
};
enum class side : std::uint8_t { host, worker };

/// Null where anything is wrong; then `problems` has it.
std::shared_ptr<boost::asio::ssl::context> open_mutual_tls(const identity_files& files, side of,
                                                           std::vector<error>& problems);
/// The name in a certificate (CN); empty where it cannot be read.
std::string name_in(const std::filesystem::path& certificate);

}  // namespace pitwall::remote
