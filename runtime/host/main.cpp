#include "runtime/host/cli/commands.hpp"

int main(int argc, char** argv) { return pitwall::cli::run_program(argc, argv); }
