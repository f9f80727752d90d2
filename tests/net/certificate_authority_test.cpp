#include "net/access/certificate_authority.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>

#include "tests/support/catch.hpp"
#include "tests/support/temp_directory.hpp"

namespace pitwall::test {
namespace {

using access::certificate_files;
using access::issue_certificate;
using access::make_authority;
using held = std::unique_ptr<X509, void (*)(X509*)>;

const timestamp now = system_wall_clock().now();

held read(const std::filesystem::path& file) {
  const std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_file(file.c_str(), "r"), &BIO_free);
  REQUIRE(in != nullptr);
  held out(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free);
  REQUIRE(out != nullptr);
  return out;
}

/// X509_V_OK, or why not.
int verify(const certificate_files& which, const certificate_files& by, int purpose) {
  const auto leaf = read(which.certificate), root = read(by.certificate);
  const std::unique_ptr<X509_STORE, void (*)(X509_STORE*)> store(X509_STORE_new(),
                                                                 &X509_STORE_free);
  X509_STORE_add_cert(store.get(), root.get());
  const std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> look(X509_STORE_CTX_new(),
                                                                        &X509_STORE_CTX_free);
  X509_STORE_CTX_init(look.get(), store.get(), leaf.get(), nullptr);
  X509_STORE_CTX_set_purpose(look.get(), purpose);
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(look.get()), X509_V_FLAG_X509_STRICT);
  X509_verify_cert(look.get());
  return X509_STORE_CTX_get_error(look.get());
}

unsigned mode(const std::filesystem::path& file) {
  struct stat s {};
  REQUIRE(stat(file.c_str(), &s) == 0);
  return s.st_mode & 0777U;
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("what an authority issues is verified by it, for its role, and by no other") {
  temp_directory d;
  const auto ours = make_authority(d / "ours", "desk", now);
  const auto foreign = make_authority(d / "foreign", "desk", now);
  REQUIRE(ours.ok());
  REQUIRE(foreign.ok());
  const auto host = issue_certificate(d / "ours", {"hub", {"hub.example", "10.0.0.1", "::1"}}, now);
  const auto worker = issue_certificate(d / "ours", {"w1", {}}, now);
  REQUIRE(host.ok());
  REQUIRE(worker.ok());
  CHECK(verify(*host, *ours, X509_PURPOSE_SSL_SERVER) == X509_V_OK);
  CHECK(verify(*host, *ours, X509_PURPOSE_SSL_CLIENT) == X509_V_OK);
  CHECK(verify(*worker, *ours, X509_PURPOSE_SSL_CLIENT) == X509_V_OK);
  CHECK(verify(*worker, *ours, X509_PURPOSE_SSL_SERVER) == X509_V_ERR_INVALID_PURPOSE);
  CHECK(verify(*host, *foreign, X509_PURPOSE_SSL_SERVER) != X509_V_OK);
  CHECK(verify(*worker, *foreign, X509_PURPOSE_SSL_CLIENT) != X509_V_OK);

  const auto leaf = read(host->certificate);
  CHECK(X509_check_host(leaf.get(), "hub.example", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(leaf.get(), "other.example", 0, 0, nullptr) == 0);
  CHECK(X509_check_ip_asc(leaf.get(), "10.0.0.1", 0) == 1);
  CHECK(X509_check_ip_asc(leaf.get(), "::1", 0) == 1);
  CHECK(X509_check_ip_asc(leaf.get(), "10.0.0.2", 0) == 0);
  // No certificate that was issued issues others.
  CHECK(X509_check_ca(leaf.get()) == 0);
  CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(leaf.get()),
                         X509_get0_serialNumber(read(worker->certificate).get())) != 0);
}

TEST_CASE("keys are their owner's alone, and nothing is written over") {
  temp_directory d;
  const auto ours = make_authority(d / "ca", "desk", now);
  REQUIRE(ours.ok());
  const auto w = issue_certificate(d / "ca", {"w1", {}}, now);
  REQUIRE(w.ok());
  CHECK(mode(d / "ca") == 0700);
  for (const auto& files : {*ours, *w}) {
    CHECK(mode(files.key) == 0600);
    CHECK(mode(files.certificate) == 0644);
  }
  const auto before = text_of(ours->key) + text_of(w->key);
  CHECK(make_authority(d / "ca", "desk", now).error().code == errc::already_exists);
  const auto again = issue_certificate(d / "ca", {"w1", {}}, now);
  CHECK(again.error().code == errc::already_exists);
  CHECK(again.error().where == w->certificate.string());
  CHECK(text_of(ours->key) + text_of(w->key) == before);
}

TEST_CASE("an authority's files are not used where they cannot be relied on") {
  temp_directory d;
  CHECK(issue_certificate(d / "none", {"w1", {}}, now).error().code == errc::not_found);
  const auto ours = make_authority(d / "ca", "desk", now);
  REQUIRE(ours.ok());
  std::filesystem::permissions(ours->key, std::filesystem::perms(0640));
  CHECK(issue_certificate(d / "ca", {"w1", {}}, now).error().code == errc::failed_precondition);
  std::filesystem::permissions(ours->key, std::filesystem::perms(0600));
  const auto other = make_authority(d / "other", "desk", now);
  REQUIRE(other.ok());
  std::filesystem::copy_file(other->certificate, ours->certificate,
                             std::filesystem::copy_options::overwrite_existing);
  CHECK(issue_certificate(d / "ca", {"w1", {}}, now).error().code == errc::failed_precondition);
  std::ofstream(ours->certificate) << "no PEM";
  CHECK(issue_certificate(d / "ca", {"w1", {}}, now).error().code == errc::io_error);
  CHECK_FALSE(std::filesystem::exists(d / "ca" / "w1.key"));
}

TEST_CASE("wishes that cannot be met are refused, and leave nothing behind") {
  temp_directory d;
  REQUIRE(make_authority(d / "ca", "desk", now).ok());
  const std::vector<std::string> names{
      "", "a/b", "../x", ".x", "-x", "authority", "a,b=c", "a b", std::string(65, 'x')};
  for (const auto& name : names)
    CHECK(issue_certificate(d / "ca", {name, {}}, now).error().code == errc::invalid_argument);
  for (const std::string host : {"", "a b", "x,DNS:evil.example", "host:443", "-x", "a..b", "*"})
    CHECK(issue_certificate(d / "ca", {"h", {host}}, now).error().code == errc::invalid_argument);
  for (const int days : {0, -1, access::max_days + 1})
    CHECK(issue_certificate(d / "ca", {"h", {}, days}, now).error().code == errc::invalid_argument);
  // It would outlive its authority.
  const auto later = now + std::chrono::hours(24) * 100;
  CHECK(issue_certificate(d / "ca", {"h", {}, access::max_days}, later).error().code ==
        errc::out_of_range);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& f : std::filesystem::directory_iterator(d / "ca")) ++files;
  CHECK(files == 2);
}

}  // namespace pitwall::test
