#include "net/head.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <openssl/evp.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/url.h"

namespace enrichment_mock::net {
namespace {

using namespace std::string_view_literals;

// Bytes above 127 are allowed, because many clients send UTF-8 without percent-encoding.
constexpr base::CharacterSet kTarget = base::CharacterSet().with_range(0x21, 0x7e).with_range(0x80, 0xff);
constexpr base::CharacterSet kValue = kTarget.with(" \t");
// Everything except what a parser may take for the end of a line.
constexpr base::CharacterSet kOneLine = base::CharacterSet().with_range(1, 9).with_range(11, 12).with_range(14, 0xff);

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// True if a comma-separated list contains the option.
bool lists(std::string_view list, std::string_view option) {
  while (!list.empty()) {
    const auto item = list.substr(0, list.find(','));
    if (same_text(trimmed(item), option)) return true;
    list.remove_prefix(std::min(item.size() + 1, list.size()));
  }
  return false;
}

class HeadParser {
 public:
  HeadParser(const Limits& limits, Head& head) : limits_(limits), head_(head) {}

  void read(std::string_view bytes) {
    for (std::size_t number = 0; head_.fault.status == 0; ++number) {
      const auto end = bytes.find('\n');
      const auto line = bytes.substr(0, end);
      if (line.size() > limits_.line + 1) return refuse_long_line(number);
      if (end == bytes.npos) return refuse(431, "the headers are too large");
      if (!line.ends_with('\r')) return refuse(400, "a line does not end in CR LF");
      bytes.remove_prefix(end + 1);
      if (number > 0 && line.size() == 1) return finish();
      read_line(number, line.substr(0, line.size() - 1));
    }
  }

 private:
  void refuse(int status, std::string_view reason) { head_.fault = {status, reason}; }

  void refuse_long_line(std::size_t number) {
    if (number == 0) return refuse(414, "the request line is too long");
    refuse(431, "a header is too long");
  }

  void read_line(std::size_t number, std::string_view line) {
    if (number == 0) return read_request_line(line);
    if (number > limits_.headers) return refuse(431, "there are too many headers");
    read_header(line);
  }

  void read_request_line(std::string_view line) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == line.npos || first == last) return refuse(400, "the request line is malformed");
    const auto method = line.substr(0, first);
    const auto version = line.substr(last + 1);
    if (!base::is_token(method)) return refuse(400, "the method is malformed");
    head_.request.method = method;
    read_target(line.substr(first + 1, last - first - 1));
    if (head_.fault.status == 0) read_version(version);
  }

  // A target is a path, a whole URL (as it is sent to proxies) or, with OPTIONS, an asterisk.
  void read_target(std::string_view target) {
    auto& request = head_.request;
    if (!kTarget.has_all(target)) return refuse(400, "the request target is malformed");
    const auto scheme_end = std::min(target.find("://"), target.size());
    const auto scheme = target.substr(0, scheme_end);
    if (scheme_end < target.size() && (same_text(scheme, "http") || same_text(scheme, "https"))) {
      const auto rest = target.substr(scheme_end + 3);
      const auto host = rest.substr(0, rest.find_first_of("/?"));
      if (host.empty() || !base::is_host_and_port(host)) return refuse(400, "the request target's host is malformed");
      target = rest.substr(host.size());
      if (target.empty()) target = "/";
      if (target.front() == '?') return read_bare_query(target);
    }
    const bool asterisk = target == "*" && request.method == "OPTIONS";
    if (!target.starts_with('/') && !asterisk) return refuse(400, "the request target is not a path");
    const auto path_end = std::min(target.find('?'), target.size());
    request.target = target;
    request.path = target.substr(0, path_end);
    request.query = target.substr(std::min(path_end + 1, target.size()));
  }

  // For "http://host?query": the path is "/".
  void read_bare_query(std::string_view query) {
    auto& request = head_.request;
    head_.target_copy = std::make_shared<const std::string>('/' + std::string(query));
    request.target = *head_.target_copy;
    request.path = "/";
    request.query = query.substr(1);
  }

  void read_version(std::string_view version) {
    const bool formed = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' &&
                        base::kDigits.has_all(version.substr(5, 1)) && base::kDigits.has_all(version.substr(7));
    if (!formed) return refuse(400, "the request line is malformed");
    is_http_1_0_ = version == "HTTP/1.0";
    head_.close = is_http_1_0_;  // unless a header says more
    if (!is_http_1_0_ && version != "HTTP/1.1") refuse(505, "only HTTP/1.0 and HTTP/1.1 are served");
  }

  void read_header(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') return refuse(400, "a header is folded over several lines");
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    if (colon == line.npos || !base::is_token(name)) {
      return refuse(400, "a header's name is malformed");
    }
    const auto value = trimmed(line.substr(colon + 1));
    if (!kValue.has_all(value)) return refuse(400, "a header's value has control characters");
    head_.request.headers.emplace_back(name, value);
    read_meaning(name, value);
  }

  // The headers that say where the request ends and whether the connection stays open.
  void read_meaning(std::string_view name, std::string_view value) {
    switch (name.size()) {
      case 4:
        if (same_text(name, "Host")) read_host(value);
        break;
      case 6:
        if (same_text(name, "Expect")) read_expect(value);
        break;
      case 10:
        if (same_text(name, "Connection")) read_connection(value);
        break;
      case 14:
        if (same_text(name, "Content-Length")) read_content_length(value);
        break;
      case 17:
        if (same_text(name, "Transfer-Encoding")) read_transfer_encoding(value);
        break;
      default:
        break;
    }
  }

  void read_host(std::string_view value) {
    ++hosts_;
    if (!base::is_host_and_port(value)) refuse(400, "the Host is malformed: a host and at most a port are expected");
  }

  void read_connection(std::string_view value) {
    close_ |= lists(value, "close");
    keep_alive_ |= lists(value, "keep-alive");
  }

  void read_expect(std::string_view value) {
    if (!same_text(value, "100-continue")) return refuse(417, "the only expectation served is 100-continue");
    head_.expects_continue = !is_http_1_0_;
  }

  void read_content_length(std::string_view value) {
    if (has_length_) return refuse(400, "there is more than one Content-Length");
    has_length_ = true;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), head_.content_length);
    if (error != std::errc() || end != value.data() + value.size()) refuse(400, "the Content-Length is not a length");
  }

  void read_transfer_encoding(std::string_view value) {
    if (is_http_1_0_) return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
    if (head_.chunked || !same_text(value, "chunked")) {
      return refuse(501, "the only Transfer-Encoding served is chunked");
    }
    head_.chunked = true;
  }

  void finish() {
    if (has_length_ && head_.chunked) return refuse(400, "there is both a Content-Length and a Transfer-Encoding");
    if (hosts_ > 1) return refuse(400, "there is more than one Host");
    if (hosts_ == 0 && !is_http_1_0_) return refuse(400, "there is no Host");
    head_.wants_keep_alive = is_http_1_0_ && keep_alive_ && !close_;
    head_.close = close_ || (is_http_1_0_ && !keep_alive_);
  }

  const Limits& limits_;
  Head& head_;
  bool is_http_1_0_ = false;  // HTTP/1.0
  bool has_length_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
  std::size_t hosts_ = 0;
};

struct Reason {
  int status;
  std::string_view phrase;
};

constexpr Reason kRegistered[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {510, "Not Extended"},
    {511, "Network Authentication Required"},
};

std::string_view class_of(int status) {
  constexpr std::string_view kClasses[] = {"Informational", "Success", "Redirection", "Client Error", "Server Error"};
  return status >= 100 && status < 600 ? kClasses[status / 100 - 1] : "Unknown";
}

// Compares names alphabetically, ignoring letter case.
bool precedes(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(
      a, b, {}, [](char c) { return base::lower(c); }, [](char c) { return base::lower(c); });
}

// For ResponseHeadReader:
constexpr std::string_view kProtocol = "HTTP/1.";
constexpr std::size_t kLongestStatusLine = 1024;
constexpr std::size_t kLongestHeader = 64 * 1024;
constexpr std::size_t kLongestHead = 256 * 1024;  // with the interim responses before it

// 101 is a response to a request to switch protocols, which we never send.
bool is_interim(int status) { return status >= 100 && status < 200 && status != 101; }

}  // namespace

void Head::clear() {
  auto headers = std::move(request.headers);
  headers.clear();
  *this = Head{};
  request.headers = std::move(headers);
}

std::size_t head_length(std::string_view bytes) {
  std::size_t line = 0;
  for (auto end = bytes.find('\n'); end != bytes.npos; end = bytes.find('\n', line)) {
    const bool bare = end == line || bytes[end - 1] != '\r';
    const bool blank = !bare && end == line + 1;
    line = end + 1;
    if (bare || blank) return line;
  }
  return 0;
}

void parse_head(std::string_view bytes, const Limits& limits, Head& head) {
  head.clear();
  if (bytes.size() > limits.head) bytes = bytes.substr(0, limits.head);
  HeadParser(limits, head).read(bytes);
}

std::string basic_credentials(std::string_view userinfo) {
  std::string pair = base::percent_decoded(userinfo);
  if (userinfo.find(':') == userinfo.npos) pair += ':';
  std::string encoded(4 * ((pair.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it with a NUL
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), reinterpret_cast<const unsigned char*>(pair.data()),
                  static_cast<int>(pair.size()));
  encoded.pop_back();
  return "Basic " + encoded;
}

std::string_view reason_phrase(int status) {
  const auto found = std::lower_bound(std::begin(kRegistered), std::end(kRegistered), status,
                                      [](const Reason& each, int sought) { return each.status < sought; });
  return found != std::end(kRegistered) && found->status == status ? found->phrase : class_of(status);
}

void HeadWriter::begin() {
  text_.clear();
  headers_.clear();
}

void HeadWriter::begin_request(std::string_view method, std::string_view target) {
  constexpr std::size_t kUsualHead = 256;
  begin();
  text_.reserve(kUsualHead);
  text_.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
}

void HeadWriter::begin_response(int status) {
  begin();
  text_.append("HTTP/1.1 "sv)
      .append(std::to_string(status))
      .append(" "sv)
      .append(reason_phrase(status))
      .append("\r\n"sv);
}

void HeadWriter::add(std::string_view name, std::string_view value) {
  if (!base::is_token(name) || !kOneLine.has_all(value)) return;
  auto place = headers_.end();
  while (place != headers_.begin() && precedes(name, std::prev(place)->first)) --place;
  headers_.emplace(place, name, value);
}

void HeadWriter::add_content_length(std::size_t length) {
  const char* end = std::to_chars(std::begin(length_), std::end(length_), length).ptr;
  add("Content-Length", {length_, end});
}

bool HeadWriter::has(std::string_view name) const {
  return std::ranges::any_of(headers_, [name](const auto& header) { return same_text(header.first, name); });
}

std::string_view HeadWriter::finish() {
  for (const auto& [name, value] : headers_) text_.append(name).append(": "sv).append(value).append("\r\n"sv);
  return text_.append("\r\n"sv);
}

std::size_t ResponseHeadReader::read(std::string_view bytes) {
  std::size_t used = 0;
  while (state_ == State::open && used < bytes.size()) {
    const auto rest = bytes.substr(used);
    const auto end = rest.find('\n');
    const bool whole = end != rest.npos;
    const auto piece = whole ? rest.substr(0, end + 1) : rest;
    used += piece.size();
    total_ += piece.size();
    line_.append(piece);
    if (expected_ == Expected::status_line) {
      http_ = kProtocol.starts_with(std::string_view(line_).substr(0, kProtocol.size()));
    }
    if (line_.size() > (reads_status_line() ? kLongestStatusLine : kLongestHeader) || total_ > kLongestHead) {
      state_ = State::malformed;
      if (expected_ == Expected::status_line) http_ = false;
    } else if (whole) {
      read_line();
      line_.clear();
    }
  }
  return used;
}

bool ResponseHeadReader::reads_status_line() const {
  return expected_ == Expected::status_line || expected_ == Expected::next_status_line;
}

void ResponseHeadReader::read_line() {
  const std::string_view line = line_;
  switch (expected_) {
    case Expected::status_line:
    case Expected::next_status_line:
      return read_status_line(line.substr(0, line.size() - (line.ends_with("\r\n") ? 2 : 1)));
    case Expected::header_of_interim:
      if (line == "\r\n") expected_ = Expected::next_status_line;
      return;
    case Expected::header:
      if (line == "\r\n") {
        state_ = State::complete;
      } else if (line.ends_with("\r\n")) {
        read_header(line.substr(0, line.size() - 2));
      }
      return;
  }
}

// Such as "HTTP/1.1 200 OK", without the line break. The reason phrase may be missing.
void ResponseHeadReader::read_status_line(std::string_view line) {
  state_ = State::malformed;
  if (!line.starts_with("HTTP/1.0 ") && !line.starts_with("HTTP/1.1 ")) return;
  const auto number = line.substr(9, 3);
  const auto reason = line.substr(std::min<std::size_t>(12, line.size()));
  if (number.size() < 3 || !base::kDigits.has_all(number)) return;
  if (!reason.empty() && (reason.front() != ' ' || !kOneLine.has_all(reason))) return;
  std::from_chars(number.data(), number.data() + number.size(), status_);
  state_ = State::open;
  expected_ = is_interim(status_) ? Expected::header_of_interim : Expected::header;
}

bool ResponseHeadReader::has_no_body() const { return status_ == 101 || status_ == 204 || status_ == 304; }

void ResponseHeadReader::keep_header(std::string_view name, std::string_view value) {
  headers_truncated_ = headers_truncated_ || headers_.size() + name.size() + value.size() + 3 > base::kMaxKeptHeaders;
  if (!headers_truncated_) headers_.append(name).append(": ").append(value).append("\n");
}

// Only the first of the headers that say where the body ends counts.
void ResponseHeadReader::read_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == line.npos) return;
  const auto name = line.substr(0, colon);
  const auto value = trimmed(line.substr(colon + 1));
  if (!name.empty()) keep_header(name, value);
  if (value.empty()) return;
  if (same_text(name, "Transfer-Encoding")) {
    if (!has_encoding_) chunked_ = same_text(value, "chunked");
    has_encoding_ = true;
  } else if (same_text(name, "Content-Length") && !content_length_) {
    std::uint64_t length = 0;
    const auto error = std::from_chars(value.data(), value.data() + value.size(), length).ec;
    content_length_ = error == std::errc::result_out_of_range ? std::numeric_limits<std::uint64_t>::max() : length;
  }
}

}  // namespace enrichment_mock::net
