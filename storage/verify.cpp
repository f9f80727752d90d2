#include "storage/verify.hpp"

#include "storage/rocks/checkpoint.hpp"
#include "storage/rocks/open_with.hpp"
#include "storage/rocks/verify_chain.hpp"
#include "storage/rocks/verify_derived.hpp"

namespace pitwall {

namespace storage {

namespace {

/// Says at once what can be said of the expected head without the records.
result<head_comparison> compare_with_anchor(const journal_head& expected,
                                            const chain_anchor& anchor, findings& found,
                                            chain_walk& chain) {
  const auto hash = hash_from_hex(expected.hash);
  if (!hash) {
    return {errc::invalid_argument, "the expected head's hash is no SHA-256", expected.hash,
            "give SEQ:HASH as `pitwall journal head` prints it"};
  }
  if (expected.seq + 1 < anchor.first_seq) return head_comparison::not_kept;
  if (expected.seq + 1 > anchor.first_seq) {
    chain.expect(expected.seq, *hash, "the expected head");
    return head_comparison::differs;  // Until it is met.
  }
  if (*hash == anchor.previous) return head_comparison::matches;
  found.add(anchor.first_seq, "the chain before the first kept record is not the expected head's");
  return head_comparison::differs;
}

}  // namespace

result<verify_report> verify_with(const storage_options& options, std::shared_ptr<rocksdb::Env> env,
                                  const std::optional<journal_head>& expected,
                                  const verify_progress& progress) {
  storage_options reading = options;
  reading.read_only = true;
  reading.create = false;
  PITWALL_TRY(db, database::open(reading, std::move(env)));
  verify_report report;
  findings found(report);
  report.head = {0, to_hex(no_record)};
  chain_walk chain(*db, progress, report, found);

  chain_anchor anchor;
  if (const auto read = read_anchor(*db); read.ok()) {
    anchor = *read;
  } else {
    found.add(0, read.error().message);
  }
  const auto bytes = db->get(family::meta, checkpoint_key);
  if (bytes.ok()) {
    const auto counts = decode_checkpoint(*bytes);
    if (!counts.ok()) {
      found.add(0, counts.error().message);
    } else if (counts->head >= anchor.first_seq) {
      chain.expect(counts->head, counts->head_hash, "the checkpoint");
    }
  } else if (bytes.error().code == errc::io_error) {
    return bytes.error();
  }
  if (expected) {
    PITWALL_TRY(compared, compare_with_anchor(*expected, anchor, found, chain));
    report.compared = compared;
  }
  PITWALL_CHECK(chain.walk(anchor));
  if (expected && chain.met(expected->seq)) report.compared = head_comparison::matches;
  derived_check derived(*db, anchor, report, found);
  PITWALL_CHECK(derived.run());
  found.sort();
  return report;
}

}  // namespace storage

result<verify_report> verify_journal(const storage_options& options,
                                     const std::optional<journal_head>& expected,
                                     const verify_progress& progress) {
  return storage::verify_with(options, nullptr, expected, progress);
}

}  // namespace pitwall
