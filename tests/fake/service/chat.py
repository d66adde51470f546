"""What the language model says: scripted by POST /__chat, else plausible and always the same."""
import base64
import json
import re

from . import schema

ROLES = {"developer", "system", "user", "assistant", "tool"}
TALK = {"en": ["Thank you, that is clear. What was the hardest part of it for you?",
               "I see. How did you know that it had worked?",
               "Good. What would you do differently if you started again today?"],
        "ko": ["네, 잘 들었습니다. 그중에서 가장 어려웠던 점은 무엇이었나요?", "그렇군요. 효과가 있었다는 것은 어떻게 확인하셨나요?",
               "좋습니다. 오늘 다시 시작한다면 무엇을 다르게 하시겠어요?"],
        "ja": ["ありがとうございます。その中で一番難しかったことは何ですか。", "なるほど。うまくいったことはどうやって確かめましたか。",
               "わかりました。今もう一度始めるとしたら、何を変えますか。"]}
PROMPT_MAX = 400000                         # characters; more is beyond the context


def base64_text(data):
    return base64.b64encode(data).decode()


def text_of(message):
    content = message.get("content")
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if isinstance(part, dict))
    return content or ""


def check(order):
    """(message, param, code, status) of a refusal, or None."""
    if not isinstance(order, dict) or not order.get("model"):
        return "you must provide a model parameter", "model", None, 400
    messages = order.get("messages")
    if not isinstance(messages, list) or not messages:
        return "Invalid 'messages': empty array. Expected an array with minimum length 1.", "messages", "empty_array", 400
    for i, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            return f"Invalid value for 'messages[{i}].role'.", f"messages[{i}].role", "invalid_value", 400
    if "missing" in order["model"]:
        return f"The model `{order['model']}` does not exist or you do not have access to it.", None, "model_not_found", 404
    temperature = order.get("temperature")
    if temperature is not None and not 0 <= temperature <= 2:
        return "Invalid 'temperature': expected a value between 0 and 2.", "temperature", "decimal_above_max_value", 400
    if re.match(r"o\d|gpt-5", order["model"]) and "max_tokens" in order:
        return "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", \
            "max_tokens", "unsupported_parameter", 400
    if sum(len(text_of(m)) for m in messages) > PROMPT_MAX:
        return "Your input exceeds the context window of this model.", "messages", "context_length_exceeded", 400
    return check_schema(order.get("response_format"))


def check_schema(shape):
    if not isinstance(shape, dict) or shape.get("type") != "json_schema":
        return None
    wanted = shape.get("json_schema") or {}
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", wanted.get("name", "")):
        return "Invalid 'response_format.json_schema.name'.", "response_format.json_schema.name", "invalid_value", 400
    bad = loose(wanted.get("schema") or {}) if wanted.get("strict") else None
    if bad:
        return f"Invalid schema for response_format '{wanted['name']}': {bad}", "response_format", "invalid_json_schema", 400
    return None


def loose(part, where="()"):
    """What a strict schema must not be."""
    if not isinstance(part, dict):
        return None
    if "properties" in part:
        if part.get("additionalProperties") is not False:
            return f"In context={where}, 'additionalProperties' is required to be supplied and to be false."
        if set(part.get("required") or []) != set(part["properties"]):
            return f"In context={where}, 'required' is required to be supplied and to be an array including every key in properties."
    inner = list((part.get("properties") or {}).items()) + list((part.get("$defs") or {}).items())
    if isinstance(part.get("items"), dict):
        inner.append(("items", part["items"]))
    inner += [(key, value) for key in ("anyOf",) for value in part.get(key) or []]
    return next((found for key, value in inner if (found := loose(value, f"{where}.{key}"))), None)


class Reply:
    def __init__(self, content, finish="stop", refusal=None, cut=False):
        self.content, self.finish, self.refusal, self.cut = content, finish, refusal, cut

    def tokens(self):
        """Pieces of the size of tokens: a syllable or two of Hangul or kana, a short word otherwise."""
        return re.findall(r"[가-힣぀-ヿ一-鿿]{1,2}|\s?[^\s가-힣぀-ヿ一-鿿]{1,5}|\s", self.refusal or self.content or "")

    def limit(self, count):
        tokens = self.tokens()
        if count is not None and len(tokens) > count and not self.refusal:
            self.content, self.finish = "".join(tokens[:count]), "length"
        return self

    def usage(self, order):
        prompt = sum(4 + len(text_of(m)) // 3 for m in order["messages"])
        count = len(self.tokens())
        return {"prompt_tokens": prompt, "completion_tokens": count, "total_tokens": prompt + count}


class Chat:
    """Replies come from the list first, then from the first rule that fits, then are made up."""

    def __init__(self):
        self.replies, self.rules = [], []

    def steer(self, document):
        """A list of replies, or {replies: [...], rules: [{match, schema, reply}]}. A reply is text, a JSON object (sent as
        text), or {content, finish_reason, refusal, cut}."""
        document = document if document is not None else {}
        document = {"replies": document} if isinstance(document, list) else document
        unknown = set(document) - {"replies", "rules"}
        if unknown:
            raise ValueError(f"chat: unknown {', '.join(sorted(unknown))}")
        self.replies, self.rules = list(document.get("replies") or []), document.get("rules") or []

    def reply(self, order):
        said = next((text_of(m) for m in reversed(order["messages"]) if m["role"] == "user"), "")
        everything = "\n".join(text_of(m) for m in order["messages"])
        shape = order.get("response_format") or {}
        name = (shape.get("json_schema") or {}).get("name", "")
        limit = order.get("max_completion_tokens", order.get("max_tokens"))
        if self.replies:
            return made(self.replies.pop(0)).limit(limit)
        for rule in self.rules:
            if rule.get("schema", name) == name and re.search(rule.get("match", ""), everything):
                return made(rule["reply"]).limit(limit)
        if shape.get("type") == "json_schema":
            wanted = (shape.get("json_schema") or {}).get("schema") or shape.get("schema") or {}
            return Reply(json.dumps(schema.answer(wanted, said), ensure_ascii=False)).limit(limit)
        if shape.get("type") == "json_object":
            return Reply(json.dumps({"text": TALK["en"][0]})).limit(limit)
        lines = TALK[schema.language_of(said or everything)]
        return Reply(lines[len(order["messages"]) // 2 % len(lines)]).limit(limit)


def made(value):
    if isinstance(value, str):
        return Reply(value)
    if isinstance(value, dict) and set(value) <= {"content", "finish_reason", "refusal", "cut"} and value:
        content = value.get("content")
        content = content if isinstance(content, (str, type(None))) else json.dumps(content, ensure_ascii=False)
        return Reply(content, value.get("finish_reason", "stop"), value.get("refusal"), value.get("cut", False))
    return Reply(json.dumps(value, ensure_ascii=False))
