#include "net/access/certificate_authority.hpp"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "net/access/new_file.hpp"

namespace pitwall::access {
namespace {

template <auto Free>
struct freed {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using held_key = std::unique_ptr<EVP_PKEY, freed<&EVP_PKEY_free>>;
using held_certificate = std::unique_ptr<X509, freed<&X509_free>>;
using held_memory = std::unique_ptr<BIO, freed<&BIO_free_all>>;

constexpr std::string_view ours = "authority";
constexpr std::chrono::minutes clocks_apart{5};

error crypto_failed(const std::string& what) {
  return {errc::internal, "OpenSSL cannot " + what, {}, "look at the installation of OpenSSL"};
}

certificate_files files_of(const std::filesystem::path& directory, std::string_view name) {
  const std::string stem(name);
  return {directory / (stem + ".crt"), directory / (stem + ".key")};
}

status check_name(const std::string& name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  };
  if (!name.empty() && name.size() <= max_certificate_name && name.front() != '.' &&
      name.front() != '-' && std::all_of(name.begin(), name.end(), good))
    return done{};
  return error{errc::invalid_argument, "this cannot be the name of a certificate", name,
               "use letters, digits, dots, dashes and underscores, " +
                   std::to_string(max_certificate_name) + " at most"};
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> into{};
  return ::inet_pton(AF_INET, host.c_str(), into.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), into.data()) == 1;
}

bool is_dns_name(const std::string& host) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-';
  };
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
         host.back() != '-' && host.find("..") == std::string::npos &&
         std::all_of(host.begin(), host.end(), good);
}

/// "DNS:host,IP:10.0.0.1", from names that hold no comma.
result<std::string> alternative_names(const std::vector<std::string>& hosts) {
  if (hosts.size() > max_hosts)
    return error{errc::invalid_argument, "these are too many names for one certificate",
                 std::to_string(hosts.size()), "give " + std::to_string(max_hosts) + " at most"};
  std::string out;
  for (const auto& host : hosts) {
    const bool address = is_address(host);
    if (!address && !is_dns_name(host))
      return error{errc::invalid_argument, "this is neither a DNS name nor an IP address", host,
                   "give it as a worker will write it behind --join, without the port"};
    out.append(out.empty() ? "" : ",").append(address ? "IP:" : "DNS:").append(host);
  }
  return out;
}

struct extension {
  int kind;
  std::string text;
};

struct signer {
  X509* certificate = nullptr;  ///< Null: the new one signs itself.
  EVP_PKEY* key = nullptr;
};

bool add_extensions(X509* to, X509* issuer, const std::vector<extension>& all) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  return std::all_of(all.begin(), all.end(), [&](const extension& e) {
    const std::unique_ptr<X509_EXTENSION, freed<&X509_EXTENSION_free>> made(
        X509V3_EXT_conf_nid(nullptr, &context, e.kind, e.text.c_str()));
    return made != nullptr && X509_add_ext(to, made.get(), -1) == 1;
  });
}

bool set_serial(X509* of) {
  const std::unique_ptr<BIGNUM, freed<&BN_free>> n(BN_new());
  return n != nullptr && BN_rand(n.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(n.get(), X509_get_serialNumber(of)) != nullptr;
}

bool set_times(X509* of, timestamp from, timestamp until) {
  const auto seconds = [](timestamp t) {
    return static_cast<time_t>(
        std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count());
  };
  return ASN1_TIME_set(X509_getm_notBefore(of), seconds(from)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(of), seconds(until)) != nullptr;
}

result<held_certificate> sign(const std::string& name, EVP_PKEY* key, const signer& by,
                              const std::vector<extension>& all, timestamp now, int days) {
  held_certificate made(X509_new());
  if (made == nullptr) return crypto_failed("make a certificate");
  X509_NAME* subject = X509_get_subject_name(made.get());
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  X509* issuer = by.certificate != nullptr ? by.certificate : made.get();
  const bool good =
      X509_set_version(made.get(), 2) == 1 && set_serial(made.get()) &&
      set_times(made.get(), now - clocks_apart, now + std::chrono::hours(24) * days) &&
      X509_set_pubkey(made.get(), key) == 1 &&
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1 &&
      X509_set_issuer_name(made.get(), X509_get_subject_name(issuer)) == 1 &&
      add_extensions(made.get(), issuer, all) &&
      X509_sign(made.get(), by.key != nullptr ? by.key : key, EVP_sha256()) > 0;
  if (!good) return crypto_failed("sign the certificate");
  return made;
}

template <class Write>
result<std::string> pem_of(Write write) {
  const held_memory out(BIO_new(BIO_s_mem()));
  if (out == nullptr || write(out.get()) != 1) return crypto_failed("write PEM");
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

result<certificate_files> keep(const certificate_files& files, X509* certificate, EVP_PKEY* key) {
  PITWALL_TRY(key_text, pem_of([&](BIO* out) {
                return PEM_write_bio_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr,
                                                     nullptr);
              }));
  PITWALL_TRY(text, pem_of([&](BIO* out) { return PEM_write_bio_X509(out, certificate); }));
  PITWALL_CHECK(write_new_file(files.key, key_text, 0600));
  if (auto written = write_new_file(files.certificate, text, 0644); !written.ok()) {
    std::error_code ignored;
    std::filesystem::remove(files.key, ignored);
    return written.error();
  }
  return files;
}

status not_there(const certificate_files& files) {
  for (const auto& file : {files.certificate, files.key}) {
    std::error_code ec;
    if (std::filesystem::symlink_status(file, ec).type() != std::filesystem::file_type::not_found)
      return error{errc::already_exists, "there is one already, and it is not replaced",
                   file.string(), "choose another name or directory, or move it away first"};
  }
  return done{};
}

status make_directory(const std::filesystem::path& directory) {
  std::error_code ec;
  if (std::filesystem::create_directories(directory, ec))
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, ec);
  if (!ec) return done{};
  return error{errc::io_error, "the directory cannot be made: " + ec.message(), directory.string(),
               "choose another with --dir"};
}

struct authority {
  held_certificate certificate;
  held_key key;
};

template <class Read>
auto read_pem(const std::filesystem::path& file, Read read) {
  const held_memory in(BIO_new_file(file.c_str(), "r"));
  // No passphrase: nobody is there to type it.
  return in == nullptr ? nullptr
                       : read(
                             in.get(), nullptr, [](char*, int, int, void*) { return 0; }, nullptr);
}

result<authority> read_authority(const std::filesystem::path& directory) {
  const auto files = files_of(directory, ours);
  struct stat about {};
  if (::stat(files.key.c_str(), &about) != 0)
    return error{errno == ENOENT ? errc::not_found : errc::io_error,
                 std::string("the authority cannot be read: ") + std::strerror(errno),
                 files.key.string(), "make one with `pitwall cert init --dir DIRECTORY`"};
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return error{errc::failed_precondition, "others than its owner may read the authority's key",
                 files.key.string(),
                 "see that nobody took it (or make a new authority), then chmod 600 it"};
  authority out{held_certificate(read_pem(files.certificate, &PEM_read_bio_X509)),
                held_key(read_pem(files.key, &PEM_read_bio_PrivateKey))};
  if (out.certificate == nullptr || out.key == nullptr)
    return error{errc::io_error, "this is not to be read as PEM",
                 (out.certificate == nullptr ? files.certificate : files.key).string(),
                 "take the files from a copy, or make a new authority"};
  if (X509_check_private_key(out.certificate.get(), out.key.get()) != 1 ||
      X509_check_ca(out.certificate.get()) != 1)
    return error{errc::failed_precondition, "certificate and key are not of one authority",
                 directory.string(), "take both files from one copy"};
  return out;
}

status lasts(X509* of, timestamp until, const std::filesystem::path& directory) {
  auto at = static_cast<time_t>(
      std::chrono::duration_cast<std::chrono::seconds>(until.time_since_epoch()).count());
  if (X509_cmp_time(X509_get0_notAfter(of), &at) >= 0) return done{};
  return error{errc::out_of_range, "the authority ends before the certificate would",
               directory.string(), "ask for fewer --days, or make a new authority"};
}

}  // namespace

result<certificate_files> make_authority(const std::filesystem::path& directory,
                                         const std::string& name, timestamp now) {
  PITWALL_CHECK(check_name(name));
  const auto files = files_of(directory, ours);
  PITWALL_CHECK(not_there(files));
  PITWALL_CHECK(make_directory(directory));
  const held_key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return crypto_failed("make a key");
  const std::vector<extension> what{{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                    {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                    {NID_subject_key_identifier, "hash"}};
  PITWALL_TRY(made, sign(name, key.get(), {}, what, now, authority_days));
  return keep(files, made.get(), key.get());
}

result<certificate_files> issue_certificate(const std::filesystem::path& directory,
                                            const certificate_wish& wish, timestamp now) {
  PITWALL_CHECK(check_name(wish.name));
  if (wish.name == ours)
    return error{errc::invalid_argument, "this is the authority's own name", wish.name,
                 "choose another"};
  if (wish.days < 1 || wish.days > max_days)
    return error{errc::invalid_argument, "no certificate is good for so many days",
                 std::to_string(wish.days), "1 to " + std::to_string(max_days)};
  PITWALL_TRY(hosts, alternative_names(wish.hosts));
  const auto files = files_of(directory, wish.name);
  PITWALL_TRY(by, read_authority(directory));
  PITWALL_CHECK(not_there(files));
  PITWALL_CHECK(lasts(by.certificate.get(), now + std::chrono::hours(24) * wish.days, directory));
  const held_key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return crypto_failed("make a key");
  std::vector<extension> what{
      {NID_basic_constraints, "critical,CA:FALSE"},
      {NID_key_usage, "critical,digitalSignature"},
      {NID_ext_key_usage, hosts.empty() ? "clientAuth" : "serverAuth,clientAuth"},
      {NID_subject_key_identifier, "hash"},
      {NID_authority_key_identifier, "keyid:always"}};
  if (!hosts.empty()) what.push_back({NID_subject_alt_name, hosts});
  PITWALL_TRY(
      made, sign(wish.name, key.get(), {by.certificate.get(), by.key.get()}, what, now, wish.days));
  return keep(files, made.get(), key.get());
}

}  // namespace pitwall::access
