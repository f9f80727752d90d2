// Job: a log on standard error, for commands that are configured by nothing (log.hpp).
#pragma once

#include <memory>

#include "runtime/ports/log.hpp"

namespace pitwall {

enum class log_form : unsigned char { text, json };

/// To standard error. Threads: any.
std::shared_ptr<log_port> make_console_log(log_form form, log_level least);

}  // namespace pitwall
