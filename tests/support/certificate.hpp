// Job: a certificate of a test's own, signed by itself, for localhost and 127.0.0.1, good for an
//      hour; and its key. Or for others, at other times, or signed by another one.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

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

using held_certificate = std::unique_ptr<X509, void (*)(X509*)>;
using held_key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

/// Both null for null.
inline std::pair<held_certificate, held_key> signer_of(const made_certificate* issuer) {
  std::pair out(held_certificate(nullptr, &X509_free), held_key(nullptr, &EVP_PKEY_free));
  if (issuer == nullptr) return out;
  const auto read = [](const std::filesystem::path& file, auto how) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "r"),
                                                             &std::fclose);
    if (in == nullptr) throw std::runtime_error("cannot read " + file.string());
    return how(in.get(), nullptr, nullptr, nullptr);
  };
  out.first.reset(read(issuer->certificate, &PEM_read_X509));
  out.second.reset(read(issuer->key, &PEM_read_PrivateKey));
  return out;
}

}  // namespace certificate_detail

struct certificate_words {
  const char* names = "DNS:localhost,IP:127.0.0.1";
  long from_s = -60, until_s = 3'600;        ///< From now.
  const char* passphrase = nullptr;          ///< Of the key.
  const made_certificate* issuer = nullptr;  ///< Null: itself.
};

/// "<name>.crt" and "<name>.key" in `directory`.
inline made_certificate make_certificate(const std::filesystem::path& directory,
                                         const std::string& name, const certificate_words& words) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> made(X509_new(), &X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), words.from_s);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), words.until_s);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  certificate_detail::add_extension(made.get(), NID_basic_constraints, "critical,CA:TRUE");
  certificate_detail::add_extension(made.get(), NID_subject_alt_name, words.names);
  auto signer = certificate_detail::signer_of(words.issuer);
  X509_set_issuer_name(made.get(),
                       words.issuer ? X509_get_subject_name(signer.first.get()) : subject);
  if (X509_sign(made.get(), words.issuer ? signer.second.get() : key.get(), EVP_sha256()) == 0)
    throw std::runtime_error("the certificate cannot be signed");
  const made_certificate files{directory / (name + ".crt"), directory / (name + ".key")};
  certificate_detail::write_pem(files.certificate, made, [](std::FILE* out, X509* what) {
    return PEM_write_X509(out, what);
  });
  certificate_detail::write_pem(files.key, key, [&](std::FILE* out, EVP_PKEY* what) {
    return PEM_write_PKCS8PrivateKey(out, what,
                                     words.passphrase != nullptr ? EVP_aes_128_cbc() : nullptr,
                                     nullptr, 0, nullptr, const_cast<char*>(words.passphrase));
  });
  return files;
}

inline made_certificate make_certificate(const std::filesystem::path& directory,
                                         const std::string& name,
                                         const char* passphrase = nullptr) {
  certificate_words words;
  words.passphrase = passphrase;
  return make_certificate(directory, name, words);
}

}  // namespace pitwall::test
