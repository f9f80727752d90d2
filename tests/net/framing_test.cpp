// Bytes that two readers of HTTP could take for different requests: each is refused with one answer
// and the end of the connection, or is the one request that RFC 9112 makes of it. What is hidden
// behind it or in it is never carried out.
#include <optional>
#include <sstream>

#include "tests/net/server_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

const std::string put = "PUT /api/v1/workflows/w HTTP/1.1\r\nHost: localhost\r\n";
const std::string hidden = "POST /api/v1/stop HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string alive = "GET /livez HTTP/1.1\r\nHost: localhost\r\n";

struct shape {
  std::string name, bytes;
};

/// The statuses of all answers, and "close" where the last one says so.
std::string statuses_in(const std::string& answers) {
  std::ostringstream out;
  const std::string line = "HTTP/1.1 ";
  for (auto at = answers.find(line); at != std::string::npos; at = answers.find(line, at + 1)) {
    const auto status = answers.substr(at + line.size(), 3);
    if (status.find_first_not_of("0123456789") == std::string::npos) out << status << ' ';
  }
  return out.str() + (answers.find("Connection: close\r\n") != std::string::npos ? "close" : "");
}

std::string converse(raw_client& c, const std::string& bytes) {
  c.send(bytes);
  c.finish_sending();
  return c.read_to_end();
}

/// One answer, which is a refusal, and the end.
void check_refused(const shape& s, const std::string& answers) {
  CAPTURE(s.name, answers);
  const auto said = statuses_in(answers);
  CHECK((said == "400 close" || said == "413 close" || said == "431 close" || said == "501 close"));
}

void check_all_refused(const std::vector<shape>& shapes) {
  server_fixture f;
  for (const auto& s : shapes) {
    raw_client by_tcp(f.server->port()), by_unix(f.socket);
    check_refused(s, converse(by_tcp, s.bytes));
    check_refused(s, converse(by_unix, s.bytes));
  }
  CHECK(f.host.stops == 0);
  CHECK(f.host.deployed_text.empty());
  CHECK(f.get("/livez").status == 200);
}

std::string chunked(const std::string& body) {
  return put + "Transfer-Encoding: chunked\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("a request whose length is told in two ways, or in none that is known, is refused") {
  std::vector<shape> shapes;
  for (const auto* fields :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding: identity\r\nContent-Length: 0",
        "Content-Length: 0\r\nTransfer-Encoding: identity", "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity, chunked", "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked;q=1", "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked,",
        "Transfer-Encoding:", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"}) {
    shapes.push_back({fields, put + fields + "\r\n\r\n0\r\n\r\n" + hidden});
    shapes.push_back({fields, put + fields + "\r\n\r\n" + hidden});
  }
  for (const auto* length :
       {"5\r\nContent-Length: 6", "5\r\nContent-Length: 5", "0\r\nContent-Length: 5", "5, 5",
        "5, 6", "5,", ",5", "+5", "-5", "5 5", "0x5", "5;", "\"5\"", "1e1", "5.0", "", "\xd9\xa5",
        "18446744073709551616", "99999999999999999999999"}) {
    const std::string field = std::string("Content-Length: ") + length;
    shapes.push_back({field, put + field + "\r\n\r\nhello" + hidden});
    shapes.push_back({field, put + field + "\r\n\r\n" + hidden});
  }
  shapes.push_back({"HTTP/1.0 in chunks",
                    "PUT /api/v1/workflows/w HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: "
                    "chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n" +
                        hidden});
  check_all_refused(shapes);
}

TEST_CASE("a coding that nobody here decodes is told from one that is wrong") {
  server_fixture f;
  raw_client c(f.socket);
  CHECK(statuses_in(converse(c, put + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")) ==
        "501 close");
}

TEST_CASE("lines that do not end, begin or read as lines of HTTP are refused") {
  using namespace std::string_literals;
  check_all_refused({
      {"bare LF",
       "PUT /api/v1/workflows/w HTTP/1.1\nHost: localhost\nContent-Length: 5\n\nhello" + hidden},
      {"bare LF after the first line", "GET /livez HTTP/1.1\nHost: localhost\r\n\r\n" + hidden},
      {"bare LF in a header", alive + "X: a\nContent-Length: 5\r\n\r\n" + hidden},
      {"bare CR in a header", alive + "X: a\rContent-Length: 5\r\n\r\n" + hidden},
      {"CR CR LF", alive + "X: a\r\r\nY: b\r\n\r\n" + hidden},
      {"NUL in a value", alive + "X: a\0b\r\n\r\n"s + hidden},
      {"NUL in a name", alive + "X\0: a\r\n\r\n"s + hidden},
      {"NUL in a length", put + "Content-Length: 5\0\r\n\r\nhello"s + hidden},
      {"DEL in a value", alive + "X: a\x7f\r\n\r\n" + hidden},
      {"a vertical tab before a coding", put +
                                             "Transfer-Encoding: \x0b"
                                             "chunked\r\n\r\n0\r\n\r\n" +
                                             hidden},
      {"a space before the colon", put + "Content-Length : 5\r\n\r\nhello" + hidden},
      {"a tab before the colon", put + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n" + hidden},
      {"no name", alive + ": a\r\n\r\n" + hidden},
      {"no colon", alive + "nothing\r\n\r\n" + hidden},
      {"a name with a quote", alive + "X\"Y: a\r\n\r\n" + hidden},
      {"a space before the first header",
       "GET /livez HTTP/1.1\r\n Host: localhost\r\n\r\n" + hidden},
      {"a space before the method", " GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden},
      {"two spaces", "GET  /livez HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden},
      {"two spaces behind", "GET /livez  HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden},
      {"a space at the end", "GET /livez HTTP/1.1 \r\nHost: localhost\r\n\r\n" + hidden},
      {"tabs", "GET\t/livez\tHTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden},
      {"no version", "GET /livez\r\nHost: localhost\r\n\r\n" + hidden},
      {"HTTP/0.9", "GET /livez HTTP/0.9\r\nHost: localhost\r\n\r\n" + hidden},
      {"HTTP/1.2", "GET /livez HTTP/1.2\r\nHost: localhost\r\n\r\n" + hidden},
      {"HTTP/1.10", "GET /livez HTTP/1.10\r\nHost: localhost\r\n\r\n" + hidden},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hidden},
      {"http", "GET /livez http/1.1\r\nHost: localhost\r\n\r\n" + hidden},
  });
}

TEST_CASE("chunks that do not add up are refused") {
  using namespace std::string_literals;
  std::vector<shape> shapes;
  for (const auto* size :
       {"0x5", "+5", "-5", " 5", "5 ", "5;", "5 x", "5;=", "5;a=", "", "g", "5,5",
        "fffffffffffffffff", "ffffffffffffffff", "10000000000000005", "7fffffffffffffff"}) {
    shapes.push_back({size, chunked(size + "\r\nhello\r\n0\r\n\r\n"s) + hidden});
  }
  const std::string end = "\r\n0\r\n\r\n" + hidden;
  shapes.push_back({"a bare LF behind the size", chunked("5\nhello" + end)});
  shapes.push_back({"a bare CR behind the size", chunked("5\rhello" + end)});
  shapes.push_back({"LF in a quoted extension", chunked("5;a=\"\n\"\r\nhello" + end)});
  shapes.push_back({"CR LF in a quoted extension", chunked("5;a=\"\r\n\"\r\nhello" + end)});
  shapes.push_back({"a quote that ends elsewhere", chunked("5;a=\"b\r\nhello" + end + "\"\r\n")});
  shapes.push_back({"NUL in a quoted extension", chunked("5;a=\"\0\"\r\nhello"s + end)});
  shapes.push_back({"no end of the data", chunked("5\r\nhello0\r\n\r\n") + hidden});
  shapes.push_back({"LF as the end of the data", chunked("5\r\nhello\n0\r\n\r\n") + hidden});
  shapes.push_back({"more data than it says", chunked("4\r\nhello" + end)});
  shapes.push_back(
      {"LF in the last extension", chunked("5\r\nhello\r\n0;a=\"\n\"\r\n\r\n") + hidden});
  shapes.push_back(
      {"endless extensions", chunked("5;a=" + std::string(5'000, 'x') + "\r\nhello" + end)});
  std::string many;
  for (int i = 0; i < 300; ++i) many += "1;a=" + std::string(20, 'x') + "\r\nh\r\n";
  shapes.push_back({"many extensions", chunked(many + "0\r\n\r\n") + hidden});
  shapes.push_back({"a length in the trailer",
                    chunked("5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n") + hidden});
  shapes.push_back({"a coding in the trailer",
                    chunked("5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n") + hidden});
  shapes.push_back(
      {"LF in the trailer", chunked("5\r\nhello\r\n0\r\nX: a\nY: b\r\n\r\n") + hidden});
  check_all_refused(shapes);
}

TEST_CASE("who is asked is told once") {
  server_fixture f;
  const std::vector<shape> wrong{
      {"no Host", "GET /livez HTTP/1.1\r\n\r\n"},
      {"two", alive + "Host: localhost\r\n\r\n"},
      {"two others", "GET /livez HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n"},
      {"a list", "GET /livez HTTP/1.1\r\nHost: localhost, localhost\r\n\r\n"},
      {"a path", "GET /livez HTTP/1.1\r\nHost: localhost/x\r\n\r\n"},
      {"a user", "GET /livez HTTP/1.1\r\nHost: a@localhost\r\n\r\n"},
      {"another in the target",
       "GET http://evil.example/livez HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {"a user in the target", "GET http://a@localhost/livez HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {"none in the target", "GET http:///livez HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {"another port in the target",
       "GET http://localhost:1/livez HTTP/1.1\r\nHost: localhost\r\n\r\n"},
  };
  for (const auto& s : wrong) {
    raw_client by_tcp(f.server->port());
    check_refused(s, converse(by_tcp, s.bytes + hidden));
    if (s.name == "no Host") continue;
    raw_client by_unix(f.socket);
    check_refused(s, converse(by_unix, s.bytes + hidden));
  }
  CHECK(f.host.stops == 0);
  // There is but one host behind the private door.
  raw_client c(f.socket);
  CHECK(statuses_in(converse(c, "GET /livez HTTP/1.1\r\n\r\n")) == "200 ");
  for (const auto* target :
       {"http://localhost/livez", "HTTP://LOCALHOST/livez", "https://localhost/livez"}) {
    CAPTURE(target);
    raw_client by_proxy(f.server->port());
    CHECK(statuses_in(converse(by_proxy, std::string("GET ") + target +
                                             " HTTP/1.1\r\nHost: localhost\r\n\r\n")) == "200 ");
  }
  raw_client root(f.server->port());
  CHECK(statuses_in(converse(root, "GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n")) ==
        "404 ");
}

TEST_CASE("a body is a body, whatever it looks like") {
  server_fixture f;
  const auto length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n\r\n";
  std::ostringstream hex;
  hex << std::hex << hidden.size();
  const auto coding = "Transfer-Encoding: chunked\r\n\r\n";
  const auto data = "\r\n" + hidden + "\r\n0\r\n";
  const std::vector<shape> right{
      {"of a length", put + length + hidden},
      {"of a length with zeros before it",
       put + "Content-Length: 00" + std::to_string(hidden.size()) + "\r\n\r\n" + hidden},
      {"in one chunk", put + coding + hex.str() + data + "\r\n"},
      {"in a chunk with zeros before its size", put + coding + "000" + hex.str() + data + "\r\n"},
      {"with extensions", put + coding + hex.str() + ";a=b ; c=\"d \\\" e\";f" + data + "\r\n"},
      {"with trailers",
       put + coding + hex.str() + data + "Expires: never\r\nHost: evil.example\r\n\r\n"},
      {"by a name in other letters",
       put + "tRANSFER-eNCODING: CHUNKED\r\n\r\n" + hex.str() + data + "\r\n"},
      {"by a folded line",
       put + "Transfer-Encoding:\r\n chunked\r\n\r\n" + hex.str() + data + "\r\n"},
  };
  for (const auto& s : right) {
    CAPTURE(s.name);
    f.host.deployed_text.clear();
    raw_client c(f.server->port());
    CHECK(statuses_in(converse(c, s.bytes + alive + "\r\n")) == "200 200 ");
    CHECK(f.host.deployed_text == hidden);
  }
  // Also of a request that has no use for one.
  raw_client c(f.server->port());
  CHECK(statuses_in(converse(c, alive + length + hidden + alive + "\r\n")) == "200 200 ");
  CHECK(f.host.stops == 0);
  // What is not hidden is carried out.
  raw_client second(f.server->port());
  CHECK(statuses_in(converse(second, put + "Content-Length: 2\r\n\r\n{}" + hidden)) == "200 202 ");
  CHECK(f.host.stops == 1);
}

TEST_CASE("what comes behind a body changes nothing of the header") {
  server_fixture f;
  raw_client c(f.server->port());
  const auto answer = converse(
      c,
      "POST /api/v1/workflows/w/executions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
      "chunked\r\n\r\n2\r\n{}\r\n0\r\nIdempotency-Key: k\r\nConnection: close\r\n\r\n" +
          alive + "\r\n");
  CHECK(statuses_in(answer) == "202 200 ");
  CHECK(f.host.started.idempotency_key.empty());
}

TEST_CASE("who does not wait for the WebSocket to begin gets none, and loses nothing") {
  server_fixture f;
  const std::string upgrade =
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  raw_client hasty(f.server->port());
  CHECK(statuses_in(converse(hasty, upgrade + alive + "\r\n")) == "426 200 ");
  raw_client patient(f.server->port());
  patient.send(upgrade);
  CHECK(patient.read_until("\r\n").starts_with("HTTP/1.1 101 "));
}
