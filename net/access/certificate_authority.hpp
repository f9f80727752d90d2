// Job: a certificate authority of our own, in one directory: made once, it signs the certificates
// by
//      which hosts and workers know each other. Whoever has its key may join every host.
// Form: PEM; EC P-256, X.509 v3, random serials of 127 bits; `authority.crt` and `authority.key`,
//      and NAME.crt and NAME.key of each that was issued. Keys are readable for their owner alone.
// Roles: a certificate with host names may be shown by a listening host, and by one that connects;
//      one without them by one that connects alone: no worker can pass itself off as a host.
// Errors: invalid_argument (a name, a time), already_exists, not_found (no authority here),
//      out_of_range (it ends before what it shall sign), failed_precondition (its key is readable
//      for others, or not its certificate's), io_error.
// Bounds: max_hosts names, max_days. Durable: files are synced, the key before the certificate.
// Threads: pure but for the files. Tests: tests/net/certificate_authority_test.cpp
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

namespace pitwall::access {

inline constexpr std::size_t max_certificate_name = 64, max_hosts = 64;
inline constexpr int authority_days = 3'650, issued_days = 365, max_days = 3'650;

struct certificate_files {
  std::filesystem::path certificate, key;
};

struct certificate_wish {
  std::string name;                ///< Letters, digits, dots, dashes, underscores.
  std::vector<std::string> hosts;  ///< DNS names and IP addresses of a host; none: a worker.
  int days = issued_days;
};

/// Makes the directory, readable for its owner alone, where there is none.
result<certificate_files> make_authority(const std::filesystem::path& directory,
                                         const std::string& name, timestamp now);
result<certificate_files> issue_certificate(const std::filesystem::path& directory,
                                            const certificate_wish& wish, timestamp now);

}  // namespace pitwall::access
