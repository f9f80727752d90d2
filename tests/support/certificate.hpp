// Job: a certificate of a test's own, signed by itself, for localhost and 127.0.0.1, good for an
//      hour; and its key.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace pitwall::test {

struct made_certificate {
  std::filesystem::path certificate, key;
};

namespace certificate_detail {

template <class T, class Write>
void write_pem(const std::filesystem::path& file, const T& what, Write write) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(file.c_str(), "w"),
                                                            &std::fclose);
  if (out == nullptr || write(out.get(), what.get()) != 1)
    throw std::runtime_error("cannot write " + file.string());
}

inline void add_extension(X509* to, int nid, const char* text) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, to, to, nullptr, nullptr, 0);
  X509_EXTENSION* e = X509V3_EXT_conf_nid(nullptr, &context, nid, text);
  if (e == nullptr) throw std::runtime_error("no such extension");
  X509_add_ext(to, e, -1);
  X509_EXTENSION_free(e);
}

}  // namespace certificate_detail

/// "<name>.crt" and "<name>.key" in `directory`; with a passphrase where one is given.
inline made_certificate make_certificate(const std::filesystem::path& directory,
                                         const std::string& name,
                                         const char* passphrase = nullptr) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> made(X509_new(), &X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3'600);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  certificate_detail::add_extension(made.get(), NID_basic_constraints, "critical,CA:TRUE");
  certificate_detail::add_extension(made.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  if (X509_sign(made.get(), key.get(), EVP_sha256()) == 0)
    throw std::runtime_error("the certificate cannot be signed");
  const made_certificate files{directory / (name + ".crt"), directory / (name + ".key")};
  certificate_detail::write_pem(files.certificate, made, [](std::FILE* out, X509* what) {
    return PEM_write_X509(out, what);
  });
  certificate_detail::write_pem(files.key, key, [passphrase](std::FILE* out, EVP_PKEY* what) {
    return PEM_write_PKCS8PrivateKey(out, what, passphrase != nullptr ? EVP_aes_128_cbc() : nullptr,
                                     nullptr, 0, nullptr, const_cast<char*>(passphrase));
  });
  return files;
}

}  // namespace pitwall::test
