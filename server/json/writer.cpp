#include "json/writer.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "json/nlohmann.h"
#include "json/reader.h"

namespace enrichment_mock::json_text {

namespace {

// Characters that are the same in quotes, if the text is UTF-8.
constexpr base::CharacterSet kPlainAscii =
    base::CharacterSet().with_range(' ', '!').with_range('#', '[').with_range(']', 0x7f);
constexpr base::CharacterSet kPlain = kPlainAscii.with_range(0x80, 0xff);

template <class Number>
void append_whole(std::string& out, Number number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// A patch that meets no value: its nulls have nothing to delete.
Json without_nulls(const Value& patch);

Json merged(const Value& target, const Value& patch) {
  if (!patch.is_object()) return Json::raw(compact(patch));
  if (!target.is_object()) return without_nulls(patch);
  Object object;
  for (const auto member : target.children()) {
    const auto change = patch.member(member.key());
    if (!change)
      object.add(member.key(), Json::raw(compact(member)));
    else if (change->kind() != Kind::null)
      object.add(member.key(), merged(member, *change));
  }
  for (const auto member : patch.children())
    if (!target.member(member.key()) && member.kind() != Kind::null) object.add(member.key(), without_nulls(member));
  return object;
}

Json without_nulls(const Value& patch) {
  if (!patch.is_object()) return Json::raw(compact(patch));
  Object object;
  for (const auto member : patch.children())
    if (member.kind() != Kind::null) object.add(member.key(), without_nulls(member));
  return object;
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  if (kPlainAscii.has_all(text) || (kPlain.has_all(text) && !base::find_invalid_utf8(text)))
    (out += '"').append(text) += '"';
  else
    out += quoted(text);
}

void Item::append_to(std::string& out) const {
  switch (kind_) {
    case Kind::raw:
      out += text_;
      break;
    case Kind::text:
      append_quoted(out, text_);
      break;
    case Kind::integer:
      append_whole(out, integer_);
      break;
    case Kind::natural:
      append_whole(out, natural_);
      break;
    case Kind::real:
      out += number_text(real_);
      break;
  }
}

Json Json::raw(std::string text) {
  Json json;
  json.text_ = std::move(text);
  return json;
}

Object::Object(std::initializer_list<Member> members) : Object() {
  for (const auto& [name, value] : members) add(name, value);
}

void Object::add(std::string_view name, const Item& value) {
  text_.back() = ',';
  if (text_.size() == 2) text_.pop_back();  // it is empty
  append_quoted(text_, name);
  text_ += ':';
  value.append_to(text_);
  text_ += '}';
}

void Object::add_all(const Object& other) {
  if (other.text_.size() == 2) return;
  text_.back() = ',';
  if (text_.size() == 2) text_.pop_back();
  text_.append(other.text_, 1);
}

void Array::add(const Item& value) {
  text_.back() = ',';
  if (size_++ == 0) text_.pop_back();
  value.append_to(text_);
  text_ += ']';
}

Json merge_patch(std::string_view target, std::string_view patch) {
  Document target_document(target), patch_document(patch);
  target_document.read(Syntax::strict);
  patch_document.read(Syntax::strict);
  return merged(target_document.root(), patch_document.root());
}

}  // namespace enrichment_mock::json_text
