"""A plausible answer to a JSON schema, always the same for the same question."""
SENTENCE = {"en": "The answer names a situation, what was done, and what came of it.",
            "ko": "답변은 상황과 행동, 그리고 결과를 말하고 있습니다.", "ja": "回答は状況、行動、そして結果を述べています。"}


class Filler:
    """`said` is the candidate's text: a field that asks for a quotation is filled with words of it."""

    def __init__(self, root, language, said):
        self.root, self.language, self.said = root, language, said
        self.depth = 0

    def fill(self, schema, name=""):
        if "$ref" in schema:
            schema = self.resolve(schema["$ref"])
        for choice in ("anyOf", "oneOf", "allOf"):
            if schema.get(choice):
                return self.fill(next((s for s in schema[choice] if s.get("type") != "null"), schema[choice][0]), name)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return schema["enum"][len(schema["enum"]) // 2]
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = next((k for k in kind if k != "null"), "null")
        return getattr(self, f"fill_{kind}", self.fill_string)(schema, name)

    def resolve(self, ref):
        at = self.root
        for part in ref.lstrip("#/").split("/") if ref != "#" else []:
            at = at[part]
        return at

    def fill_object(self, schema, name):
        self.depth += 1
        wanted = schema.get("properties") or {}
        keep = wanted if self.depth < 12 else {k: v for k, v in wanted.items() if k in schema.get("required", [])}
        out = {key: self.fill(value, key) for key, value in keep.items()}
        self.depth -= 1
        return out

    def fill_array(self, schema, name):
        count = max(schema.get("minItems", 0), min(2, schema.get("maxItems", 2)))
        return [self.fill(schema.get("items") or {}, name) for _ in range(0 if self.depth > 12 else count)]

    def fill_string(self, schema, name):
        name = name.lower()
        if any(word in name for word in ("quote", "evidence", "excerpt")) and self.said:
            text = self.said[:200].rsplit(" ", 1)[0] if len(self.said) > 200 else self.said
        else:
            text = SENTENCE.get(self.language, SENTENCE["en"])
        if schema.get("format") == "date-time":
            return "2026-01-01T00:00:00Z"
        return text.ljust(schema.get("minLength", 0), ".")[:schema.get("maxLength", 10000)]

    def fill_number(self, schema, name):
        low, high = schema.get("minimum", 0), schema.get("maximum", schema.get("minimum", 0) + 10)
        return round(low + (high - low) * 0.7, 1)

    def fill_integer(self, schema, name):
        low, high = schema.get("minimum", 0), schema.get("maximum", schema.get("minimum", 0) + 5)
        return int(low + (high - low) * 0.7)

    def fill_boolean(self, schema, name):
        return True

    def fill_null(self, schema, name):
        return None


def language_of(text):
    if any("가" <= c <= "힣" for c in text):
        return "ko"
    return "ja" if any("぀" <= c <= "ヿ" for c in text) else "en"


def answer(schema, text):
    return Filler(schema, language_of(text), text).fill(schema)
