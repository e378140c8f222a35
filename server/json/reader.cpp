#include "json/reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/waiting.h"
#include "json/nlohmann.h"

namespace enrichment_mock::json_text {

namespace {

using base::CharacterSet;
using Expected = SyntaxError::Expected;

constexpr CharacterSet kBlanks = CharacterSet().with(" \t\r\n");
constexpr CharacterSet kPlainInStrings =
    CharacterSet().with_range(0x20, '!').with_range('#', '[').with_range(']', 0x7f);
constexpr CharacterSet kPlainInComments = CharacterSet().with_range(1, 0x7f);

std::optional<char32_t> code_of_escape(std::string_view text) {
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  char32_t code = 0;
  for (const char digit : text.substr(2, 4)) {
    const int value = base::hex_value(digit);
    if (value < 0) return std::nullopt;
    code = code << 4 | static_cast<char32_t>(value);
  }
  return code;
}

void append_utf8(std::string& to, char32_t code) {
  const auto put = [&](char32_t byte) { to += static_cast<char>(byte); };
  const auto put_rest = [&](int shift) {
    for (; shift >= 0; shift -= 6) put(0x80 | (code >> shift & 0x3f));
  };
  if (code < 0x80) return put(code);
  if (code < 0x800) return put(0xc0 | code >> 6), put_rest(0);
  if (code < 0x10000) return put(0xe0 | code >> 12), put_rest(6);
  put(0xf0 | code >> 18), put_rest(12);
}

// Appends the character of the escape that the text begins with. Returns the length of the escape; 0 if it is invalid.
std::size_t append_unescaped(std::string& to, std::string_view text) {
  constexpr std::string_view kNames = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  constexpr auto is_high = [](char32_t code) { return code >= 0xd800 && code < 0xdc00; };
  constexpr auto is_low = [](char32_t code) { return code >= 0xdc00 && code < 0xe000; };
  if (text.size() < 2) return 0;
  if (const auto named = kNames.find(text[1]); named != kNames.npos) {
    to += kMeanings[named];
    return 2;
  }
  const auto code = code_of_escape(text);
  if (!code || is_low(*code)) return 0;
  if (!is_high(*code)) {
    append_utf8(to, *code);
    return 6;
  }
  const auto low = code_of_escape(text.substr(6));
  if (!low || !is_low(*low)) return 0;
  append_utf8(to, 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00));
  return 12;
}

// The length of the number that the text begins with; 0 if there is none.
std::size_t number_length(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto skip_digits = [&] {
    const auto begin = at;
    while (at < text.size() && base::kDigits.has(text[at])) ++at;
    return at > begin;
  };
  const auto skip = [&](std::string_view characters) {
    const bool found = at < text.size() && characters.find(text[at]) != characters.npos;
    at += found ? 1 : 0;
    return found;
  };
  if (!skip("0") && !skip_digits()) return 0;
  if (skip(".") && !skip_digits()) return 0;
  if (skip("eE")) {
    skip("+-");
    if (!skip_digits()) return 0;
  }
  return at;
}

// A number: its digits without leading and trailing zeros, times a power of ten. Zero has no digits.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;
  bool is_exact = true;  // false: the exponent is too long to count with
};

Decimal decimal_of(std::string_view number) {
  constexpr std::int64_t kMaxExponent = INT64_MAX / 2;  // adding the number of digits cannot overflow
  Decimal decimal;
  decimal.negative = number.starts_with('-');
  const auto e = std::min(number.find_first_of("eE"), number.size());
  if (auto exponent = number.substr(std::min(e + 1, number.size())); !exponent.empty()) {
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    const auto result = std::from_chars(exponent.data(), exponent.data() + exponent.size(), decimal.exponent);
    decimal.is_exact =
        result.ec == std::errc() && decimal.exponent >= -kMaxExponent && decimal.exponent <= kMaxExponent;
    if (!decimal.is_exact) decimal.exponent = 0;
  }
  bool is_fraction = false;
  for (const char c : number.substr(0, e)) {
    if (c == '.') is_fraction = true;
    if (!base::kDigits.has(c)) continue;
    if (c != '0' || !decimal.digits.empty()) decimal.digits += c;
    if (is_fraction) --decimal.exponent;
  }
  while (decimal.digits.ends_with('0')) {
    decimal.digits.pop_back();
    ++decimal.exponent;
  }
  return decimal.digits.empty() ? Decimal{} : decimal;
}

}  // namespace

bool is_same_number(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto x = decimal_of(a), y = decimal_of(b);
  return x.is_exact && y.is_exact && x.negative == y.negative && x.digits == y.digits && x.exponent == y.exponent;
}

std::size_t comment_end(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) == "//") return std::min(text.find_first_of("\r\n", at), text.size());
  if (text.substr(at, 2) != "/*") return at;
  const auto close = text.find("*/", at + 2);
  return close == text.npos ? text.npos : close + 2;
}

bool ends_word(char c) {
  constexpr CharacterSet kEnds = kBlanks.with("{}[],:\"/");
  return kEnds.has(c);
}

// Reads one document. Before each token it knows which tokens are allowed; any other token is the syntax error.
class Document::Reader {
 public:
  Reader(Document& document, Syntax syntax, std::size_t max_depth, std::size_t max_values)
      : document_(document),
        nodes_(document.nodes_),
        text_(document.text_),
        comments_(syntax == Syntax::with_comments),
        max_depth_(max_depth),
        max_values_(max_values) {
    constexpr std::size_t kUsualNodes = 16;
    nodes_.reserve(kUsualNodes);
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  bool read() {
    while (skip_blanks()) {
      if (at_ == text_.size()) return expected_ == Expected::end_of_text || fail();
      if (!read_token(text_[at_])) return false;
    }
    return fail();
  }

 private:
  bool read_token(char first) {
    switch (expected_) {
      case Expected::first_element:
        return first == ']' ? close() : read_value(first);
      case Expected::document:
      case Expected::next_element:
      case Expected::member_value:
        return read_value(first);
      case Expected::first_key:
        return first == '}' ? close() : read_key(first);
      case Expected::next_key:
        return read_key(first);
      case Expected::colon:
        return first == ':' ? pass(Expected::member_value) : fail();
      case Expected::comma_or_close:
        if (first == (in_object() ? '}' : ']')) return close();
        if (first != ',') return fail();
        comma_at_ = at_;
        return pass(in_object() ? Expected::next_key : Expected::next_element);
      case Expected::end_of_text:
      case Expected::less_depth:
      case Expected::fewer_values:
        break;
    }
    return fail();
  }

  void check_stop_now_and_then() const {
    if (nodes_.size() % 1024 == 0) document_.check_stop();
  }

  // Whether another value has room.
  bool has_room() {
    if (nodes_.size() < max_values_) return true;
    expected_ = Expected::fewer_values;
    return false;
  }

  bool pass(Expected next) {
    ++at_;
    expected_ = next;
    return true;
  }

  bool fail() {
    document_.error_ = {expected_, at_, comma_at_};
    document_.open_ = open_;
    return false;
  }

  bool in_object() const { return nodes_[open_].kind == Kind::object; }
  std::uint32_t here() const { return static_cast<std::uint32_t>(at_); }
  std::uint32_t next_node() const { return static_cast<std::uint32_t>(nodes_.size()); }

  // Skips comments, too, if they are allowed. False: a `/` follows that does not begin a valid comment.
  bool skip_blanks() {
    for (;;) {
      while (at_ < text_.size() && kBlanks.has(text_[at_])) ++at_;
      if (!comments_ || at_ == text_.size() || text_[at_] != '/') return true;
      if (!skip_comment()) return false;
    }
  }

  bool skip_comment() {
    const auto end = comment_end(text_, at_);
    if (end == text_.npos || end == at_) return false;
    const auto comment = text_.substr(at_, end - at_);
    if (!kPlainInComments.has_all(comment) && (base::find_invalid_utf8(comment) || comment.find('\0') != comment.npos))
      return false;
    document_.comments_.push_back({at_, end});
    at_ = end;
    return true;
  }

  // Adds a node for an element or the document's value. A member already has one, from its key.
  Node& node_of_value() {
    if (expected_ != Expected::member_value) {
      check_stop_now_and_then();
      Node node;
      node.parent = open_;
      if (open_ != kNone) node.key_begin = nodes_[open_].size++;
      nodes_.push_back(node);
    }
    nodes_.back().begin = here();
    return nodes_.back();
  }

  bool read_value(char first) {
    if (expected_ != Expected::member_value && !has_room()) return fail();
    if (first == '{' || first == '[') return open(first == '{' ? Kind::object : Kind::array);
    auto kind = Kind::number;
    auto text = kNone;
    std::size_t length = 0;
    if (first == '"') {
      kind = Kind::string;
      length = string_length(text);
    } else if (first == 't' || first == 'f' || first == 'n') {
      const std::string_view word = first == 't' ? "true" : first == 'f' ? "false" : "null";
      kind = first == 'n' ? Kind::null : Kind::boolean;
      length = text_.substr(at_).starts_with(word) ? word.size() : 0;
    } else {
      length = number_length(text_.substr(at_));
    }
    if (length == 0) return fail();
    auto& node = node_of_value();
    node.kind = kind;
    node.text = text;
    node.next = next_node();
    expect_what_follows();
    const auto end = at_ + length;
    node.end = static_cast<std::uint32_t>(end);
    if (kind != Kind::string && end < text_.size() && !ends_word(text_[end])) return fail();  // nullx, 01
    at_ = end;
    return true;
  }

  bool read_key(char first) {
    if (!has_room()) return fail();
    check_stop_now_and_then();
    Node node;
    const auto length = first == '"' ? string_length(node.key_text) : 0;
    if (length == 0) return fail();
    node.parent = open_;
    node.key_begin = here();
    at_ += length;
    node.key_end = here();
    ++nodes_[open_].size;
    nodes_.push_back(node);
    expected_ = Expected::colon;
    return true;
  }

  // The length of the string that begins here, with its quotes; 0 if there is none. Sets `text` to its index in
  // unescaped_, if it has escapes.
  std::size_t string_length(std::uint32_t& text) {
    auto end = at_ + 1, copied = end;
    std::string* unescaped = nullptr;
    const auto copy = [&] { unescaped->append(text_.substr(copied, end - copied)); };
    for (;;) {
      while (end < text_.size() && kPlainInStrings.has(text_[end])) ++end;
      if (end == text_.size()) return 0;
      if (text_[end] == '"') break;
      if (text_[end] == '\\') {
        if (!unescaped) {
          text = static_cast<std::uint32_t>(document_.unescaped_.size());
          unescaped = &document_.unescaped_.emplace_back();
        }
        copy();
        const auto length = append_unescaped(*unescaped, text_.substr(end));
        if (length == 0) return 0;
        copied = end += length;
      } else {
        auto rest = text_.substr(end);
        if (static_cast<unsigned char>(rest.front()) < 0x80 || !base::take_code_point(rest)) return 0;
        end = text_.size() - rest.size();
      }
    }
    if (unescaped) copy();
    return end + 1 - at_;
  }

  bool open(Kind kind) {
    if (levels_ == max_depth_) {
      expected_ = Expected::less_depth;
      return fail();
    }
    ++levels_;
    node_of_value().kind = kind;
    open_ = next_node() - 1;
    return pass(kind == Kind::object ? Expected::first_key : Expected::first_element);
  }

  bool close() {
    const auto closed = open_;
    auto& node = nodes_[closed];
    ++at_;
    node.end = here();
    node.next = next_node();
    open_ = node.parent;
    --levels_;
    if (node.kind == Kind::object && node.size > 1) find_duplicates(closed);
    expect_what_follows();
    return true;
  }

  void expect_what_follows() { expected_ = open_ == kNone ? Expected::end_of_text : Expected::comma_or_close; }

  // If there are few keys, each is compared with all before it.
  void find_duplicates(std::uint32_t object) {
    constexpr std::size_t kFew = 16;
    const auto end = nodes_[object].next;
    if (nodes_[object].size > kFew) return find_duplicates_of_many(object);
    std::array<std::pair<std::string_view, std::uint32_t>, kFew> known;
    auto known_end = known.begin();
    for (auto member = object + 1; member != end; member = nodes_[member].next) {
      const auto key = document_.key_of(nodes_[member]);
      const auto first = std::find_if(known.begin(), known_end, [&](const auto& each) { return each.first == key; });
      if (first == known_end)
        *known_end++ = {key, member};
      else
        note_duplicate(member, first->second);
    }
  }

  void find_duplicates_of_many(std::uint32_t object) {
    std::map<std::string_view, std::uint32_t> known;
    for (auto member = object + 1; member != nodes_[object].next; member = nodes_[member].next) {
      document_.check_stop();
      const auto [first, is_new] = known.try_emplace(document_.key_of(nodes_[member]), member);
      if (!is_new) note_duplicate(member, first->second);
    }
  }

  void note_duplicate(std::uint32_t member, std::uint32_t first) {
    nodes_[member].is_duplicate = true;
    --nodes_[nodes_[member].parent].size;
    document_.duplicates_.push_back({member, first});
  }

  Document& document_;
  std::vector<Node>& nodes_;
  const std::string_view text_;
  const bool comments_;
  const std::size_t max_depth_, max_values_;
  std::size_t at_ = 0, comma_at_ = 0;
  std::size_t levels_ = 0;
  std::uint32_t open_ = kNone;  // the innermost array or object that is not closed
  Expected expected_ = Expected::document;
};

void Document::check_stop() const {
  if (stop_ && stop_->load(std::memory_order_relaxed)) throw base::Stopped();
}

bool Document::read(Syntax syntax, std::size_t max_depth, std::size_t max_values) {
  return Reader(*this, syntax, max_depth, max_values).read();
}

std::optional<std::string_view> Document::first_duplicate_key() const {
  auto first = kNone;
  for (const auto& [member, before] : duplicates_) first = std::min(first, member);
  for (auto object = open_; object != kNone; object = nodes_[object].parent) {
    if (nodes_[object].kind != Kind::object) continue;
    std::set<std::string_view> known;
    // The last member is incomplete: its `next` is 0.
    for (auto member = object + 1; member != 0 && member < nodes_.size(); member = nodes_[member].next)
      if (!known.insert(key_of(nodes_[member])).second) first = std::min(first, member);
  }
  return first == kNone ? std::nullopt : std::optional(key_of(nodes_[first]));
}

std::string_view Document::key_of(const Node& node) const {
  if (node.key_text != kNone) return unescaped_[node.key_text];
  return node.key_end == 0 ? std::string_view() : text_.substr(node.key_begin + 1, node.key_end - node.key_begin - 2);
}

namespace {

// A key may be as long as the text, and so could be every pointer that contains it.
std::string clipped(std::string_view text) {
  constexpr std::size_t kLongest = 300;
  if (text.size() <= kLongest) return std::string(text);
  return std::string(base::utf8_prefix(text, kLongest)) + "...";
}

}  // namespace

std::string Document::pointer_of(std::uint32_t node) const {
  const auto& [parent, place] = std::pair(nodes_[node].parent, nodes_[node].key_begin);
  if (parent == kNone) return "";
  const bool is_element = nodes_[parent].kind == Kind::array;
  return pointer_to(pointer_of(parent), is_element ? std::to_string(place) : clipped(key_of(nodes_[node])));
}

std::string Document::text_with_doubles() const {
  std::string text(text_);
  for (const auto& node : nodes_) {
    if (node.kind != Kind::number || nearest_double(text_.substr(node.begin, node.end - node.begin))) continue;
    std::fill(text.begin() + node.begin, text.begin() + node.end, '0');
    text.replace(node.begin, 2, "1e");
  }
  return text;
}

Position Document::position(std::size_t offset) {
  constexpr std::size_t kDistance = 1024;
  const auto go = [&](Position from, std::size_t begin, std::size_t end) {
    for (const char c : text_.substr(begin, end - begin)) {
      if (c == '\n')
        from = {from.line + 1, 1};
      else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80)
        ++from.column;
    }
    return from;
  };
  if (milestones_.empty()) {
    milestones_.push_back({1, 1});
    for (std::size_t end = kDistance; end <= text_.size(); end += kDistance)
      milestones_.push_back(go(milestones_.back(), end - kDistance, end));
  }
  const auto before = std::min(offset, text_.size()) / kDistance;
  return go(milestones_[before], before * kDistance, offset);
}

void Document::problem(std::size_t offset, std::string pointer, std::string message) {
  if (is_full_of_problems()) {
    ++omitted_problems_;
    return;
  }
  const auto [line, column] = position(offset);
  problems_.push_back({file_, clipped(pointer), line, column, std::move(message)});
}

Kind Value::kind() const { return document_->nodes_[node_].kind; }
bool Value::boolean() const { return raw() == "true"; }
std::optional<double> Value::number() const { return is_number() ? nearest_double(raw()) : std::nullopt; }
std::size_t Value::size() const { return document_->nodes_[node_].size; }
Values Value::children() const { return {*document_, node_}; }
std::string_view Value::key() const { return document_->key_of(document_->nodes_[node_]); }
std::string Value::pointer() const { return document_->pointer_of(node_); }
std::size_t Value::begin() const { return document_->nodes_[node_].begin; }
std::size_t Value::key_begin() const { return document_->nodes_[node_].key_begin; }

std::string_view Value::raw() const {
  const auto& node = document_->nodes_[node_];
  return document_->text_.substr(node.begin, node.end - node.begin);
}

std::string_view Value::raw_key() const {
  const auto& node = document_->nodes_[node_];
  return document_->text_.substr(node.key_begin, node.key_end - node.key_begin);
}

std::string_view Value::text() const {
  const auto& node = document_->nodes_[node_];
  if (node.kind != Kind::string) return {};
  if (node.text != Document::kNone) return document_->unescaped_[node.text];
  return document_->text_.substr(node.begin + 1, node.end - node.begin - 2);
}

std::optional<Value> Value::member(std::string_view key) const {
  if (!is_object()) return std::nullopt;
  for (const auto member : children())
    if (member.key() == key) return member;
  return std::nullopt;
}

void Value::problem(std::string message) const {
  document_->problem(begin(), document_->is_full_of_problems() ? "" : pointer(), std::move(message));
}

void Value::key_problem(std::string message) const {
  const auto object = document_->nodes_[node_].parent;
  document_->problem(key_begin(), document_->is_full_of_problems() ? "" : document_->pointer_of(object),
                     std::move(message));
}

Values::Iterator& Values::Iterator::operator++() {
  const auto& nodes = document_->nodes_;
  const auto end = nodes[nodes[node_].parent].next;
  do {
    node_ = nodes[node_].next;
  } while (node_ != end && nodes[node_].is_duplicate);
  return *this;
}

Values::Iterator Values::begin() const { return {*document_, parent_ + 1}; }
Values::Iterator Values::end() const { return {*document_, document_->nodes_[parent_].next}; }

std::string pointer_to(std::string pointer, std::string_view name) {
  pointer += '/';
  for (const char c : name) pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return pointer;
}

std::string compact(const Value& value) {
  if (!value.is_array() && !value.is_object()) return std::string(value.raw());
  std::string out(1, value.is_object() ? '{' : '[');
  for (const auto child : value.children()) {
    if (out.size() > 1) out += ',';
    if (value.is_object()) out.append(child.raw_key()) += ':';
    out += compact(child);
  }
  return out += value.is_object() ? '}' : ']';
}

}  // namespace enrichment_mock::json_text
