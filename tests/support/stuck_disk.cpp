// Job: a disk that hangs or fails, for a real program: loaded before its libraries (LD_PRELOAD), it
//      keeps every sync back while the file $PITWALL_DISK_STUCK is there, or lets it fail with EIO
//      while $PITWALL_DISK_FAILS is. What was written stays in the page cache, as on such a disk.
#include <dlfcn.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace {

bool there(const char* variable) {
  const char* file = std::getenv(variable);
  return file != nullptr && ::access(file, F_OK) == 0;
}

int synced(const char* name, int fd) {
  while (there("PITWALL_DISK_STUCK")) ::poll(nullptr, 0, 1);
  if (there("PITWALL_DISK_FAILS")) {
    errno = EIO;
    return -1;
  }
  using call = int (*)(int);
  return reinterpret_cast<call>(::dlsym(RTLD_NEXT, name))(fd);
}

}  // namespace

extern "C" int fsync(int fd) { return synced("fsync", fd); }
extern "C" int fdatasync(int fd) { return synced("fdatasync", fd); }
