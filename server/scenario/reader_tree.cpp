#include "scenario/reader_tree.h"

#include <map>
#include <utility>

#include "base/json.h"
#include "scenario/reader_syntax.h"

namespace enrichment_mock::scenario {

namespace {

using Json = nlohmann::json;

// Builds the tree from nlohmann's events. These carry no positions, so each event takes the next token of the text:
// up to the event the text is known to be valid, and only separators bring no event.
class TreeBuilder final : public nlohmann::json_sax<Json> {
 public:
  explicit TreeBuilder(Document& document) : document_(document), positions_(document.text) {}

  std::optional<Node> take_root() { return std::move(root_); }

  bool null() override { return add(scalar(Node::Kind::null)); }
  bool boolean(bool value) override {
    auto node = scalar(Node::Kind::boolean);
    node.truth = value;
    return add(std::move(node));
  }
  bool number_integer(number_integer_t value) override { return add_number(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add_number(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return add_number(value); }
  bool string(string_t& value) override {
    auto node = scalar(Node::Kind::string);
    node.text = std::move(value);
    return add(std::move(node));
  }
  bool binary(binary_t&) override { return false; }  // not in JSON

  bool start_object(std::size_t) override { return open(Node::Kind::object); }
  bool start_array(std::size_t) override { return open(Node::Kind::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    take_token();
    key_ = {std::move(value), positions_.at(last_.begin)};
    return true;
  }

  bool parse_error(std::size_t stopped, const std::string&, const Json::exception&) override {
    const SyntaxContext context{open_.empty() ? nullptr : &open_.back(), root_.has_value(), key_.has_value(), last_};
    explain_syntax(document_, context, stopped);
    return false;
  }

 private:
  void take_token() {
    do {
      last_ = next_token(document_.text, last_.end);
    } while (last_.kind == TokenKind::comma || last_.kind == TokenKind::colon);
  }

  Node scalar(Node::Kind kind) {
    take_token();
    Node node;
    node.kind = kind;
    node.at = positions_.at(last_.begin);
    node.begin = last_.begin;
    node.end = last_.end;
    if (key_) std::tie(node.key, node.key_at) = *std::exchange(key_, std::nullopt);
    return node;
  }

  bool add_number(double value) {
    auto node = scalar(Node::Kind::number);
    node.number = value;
    node.text = document_.text.substr(node.begin, node.end - node.begin);
    return add(std::move(node));
  }

  bool open(Node::Kind kind) {
    auto node = scalar(kind);
    if (open_.size() == kMostLevels) {
      document_.problem(
          node.at, "",
          "arrays and objects stand more than " + std::to_string(kMostLevels) + " levels deep in each other");
      return false;
    }
    open_.push_back(std::move(node));
    return true;
  }

  bool close() {
    take_token();
    auto node = std::move(open_.back());
    open_.pop_back();
    node.end = last_.end;
    if (node.kind == Node::Kind::object) drop_doubled(node);
    return add(std::move(node));
  }

  void drop_doubled(Node& object) {
    std::map<std::string, Position, std::less<>> first;
    std::erase_if(object.children, [&](const Node& member) {
      const auto [known, is_new] = first.try_emplace(member.key, member.key_at);
      if (is_new) return false;
      document_.problem(member.key_at, pointer_of(object),
                        "the key " + in_quotes(member.key) + " stands twice; the first is at line " +
                            std::to_string(known->second.line) + ", column " + std::to_string(known->second.column));
      return true;
    });
  }

  // Of a value that is about to be added to the innermost open one.
  std::string pointer_of(const Node& value) const {
    std::string pointer;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const auto& inner = i + 1 < open_.size() ? open_[i + 1] : value;
      const bool in_object = open_[i].kind == Node::Kind::object;
      pointer = pointer_to(pointer, in_object ? inner.key : std::to_string(open_[i].children.size()));
    }
    return pointer;
  }

  bool add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().children.push_back(std::move(node));
    }
    return true;
  }

  Document& document_;
  Positions positions_;
  Token last_;
  std::optional<std::pair<std::string, Position>> key_;  // whose value is still to come
  std::vector<Node> open_;                               // from the outermost to the innermost
  std::optional<Node> root_;
};

}  // namespace

void Document::problem(Position at, std::string pointer, std::string message) {
  problems.push_back({file, std::move(pointer), at.line, at.column, std::move(message)});
}

std::optional<Node> parse_tree(Document& document) {
  TreeBuilder builder(document);
  if (!Json::sax_parse(document.text, &builder, Json::input_format_t::json, true, true)) return std::nullopt;
  return builder.take_root();
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  auto cut = kLongest;
  while ((static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80) --cut;
  return in_quotes(text.substr(0, cut)) + "...";
}

std::string pointer_to(const std::string& pointer, std::string_view name) {
  auto out = pointer + '/';
  for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

}  // namespace enrichment_mock::scenario
