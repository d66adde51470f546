"""What a scenario expects, held against what came.

A pattern is: null (must be absent), "*" (anything), "~regex" (found anywhere in the value), "gec:UNIX" or "gec:now" (the
Sec-MS-GEC of that time), {min, max} (a number), or the value itself. JSON objects are subsets, lists are whole.
"""
import email
import email.message
import hashlib
import json
import re
import time

EDGE_TOKEN = "6A5AA1D4EAFF4E9FB37E23D68491D6F4"


def edge_gec(unix):
    seconds = int(unix) + 11644473600
    return hashlib.sha256(f"{(seconds - seconds % 300) * 10000000}{EDGE_TOKEN}".encode()).hexdigest().upper()


def pattern(want, got):
    """One value."""
    if want is None:
        return got is None
    if want == "*":
        return got is not None
    if isinstance(want, dict) and want and set(want) <= {"min", "max"}:
        return isinstance(got, (int, float)) and want.get("min", got) <= got <= want.get("max", got)
    if isinstance(want, str) and want.startswith("~"):
        return got is not None and re.search(want[1:], str(got)) is not None
    if isinstance(want, str) and want.startswith("gec:"):
        now = time.time()
        times = [now, now - 300, now + 300] if want == "gec:now" else [int(want[4:])]
        return got in [edge_gec(t) for t in times]
    if isinstance(got, str) and not isinstance(want, (str, dict, list)):
        return got == (str(want).lower() if isinstance(want, bool) else str(want))
    return want == got and isinstance(want, bool) == isinstance(got, bool)


def subset(want, got, where="body"):
    """Differences between JSON `got` and what is wanted of it, as sentences."""
    if isinstance(want, dict) and not (want and set(want) <= {"min", "max"}):
        if not isinstance(got, dict):
            return [f"{where}: not an object but {show(got)}"]
        out = []
        for name, value in want.items():
            if value is None:
                out += [f"{where}.{name}: should be absent"] if got.get(name) is not None else []
            elif name not in got:
                out.append(f"{where}.{name}: missing")
            else:
                out += subset(value, got[name], f"{where}.{name}")
        return out
    if isinstance(want, list):
        if not isinstance(got, list) or len(got) != len(want):
            return [f"{where}: wanted a list of {len(want)}, got {show(got)}"]
        return [line for i, (w, g) in enumerate(zip(want, got)) for line in subset(w, g, f"{where}[{i}]")]
    return [] if pattern(want, got) else [f"{where}: wanted {show(want)}, got {show(got)}"]


def show(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else text[:117] + "..."


def fields(want, got, what):
    return [f"{what} {name}: wanted {show(value)}, got {show(got.get(name))}"
            for name, value in (want or {}).items() if not pattern(value, got.get(name))]


def query(want, pairs, exact=False):
    got = {}
    for name, value in pairs:
        got.setdefault(name, []).append(value)
    out = []
    for name, value in (want or {}).items():
        values = got.get(name)
        if isinstance(value, list):
            wanted = [str(v) for v in value]
            out += [] if values == wanted else [f"query {name}: wanted {wanted}, got {values}"]
        elif values and len(values) > 1:
            out.append(f"query {name}: given {len(values)} times")
        elif not pattern(value, values[0] if values else None):
            out.append(f"query {name}: wanted {show(value)}, got {show(values[0] if values else None)}")
    if exact:
        out += [f"query {name}: not expected" for name in got if name not in (want or {})]
    return out


def parse_multipart(content_type, body):
    """{name: part}; a part has text, data, filename, type. A repeated name becomes name, name#2, ..."""
    kind = email.message.Message()
    kind["content-type"] = content_type
    boundary = kind.get_boundary()
    if kind.get_content_maintype() != "multipart" or not boundary:
        raise ValueError("not a multipart body")
    mark = b"\r\n--" + boundary.encode("latin-1")
    pieces = (b"\r\n" + body).split(mark)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise ValueError("the multipart body has no end")
    parts = {}
    for piece in pieces[1:-1]:
        block, gap, data = piece.partition(b"\r\n\r\n")
        if not gap:
            raise ValueError("a part without an empty line")
        head = email.message_from_bytes(block.lstrip() + b"\r\n\r\n")
        name = head.get_param("name", header="content-disposition") or ""
        key, n = name, 2
        while key in parts:
            key, n = f"{name}#{n}", n + 1
        parts[key] = {"data": data, "text": data.decode("utf-8", "replace"),
                      "filename": head.get_filename(), "type": head.get_content_type()}
    return parts


def multipart(want, request):
    try:
        parts = parse_multipart(request.header("content-type"), request.body)
    except (ValueError, LookupError) as error:
        return [f"multipart: {error}"]
    out = []
    for name, value in want.items():
        part = parts.get(name)
        if not isinstance(value, dict):
            out += [] if pattern(value, part and part["text"]) else [
                f"part {name}: wanted {show(value)}, got {show(part and part['text'])}"]
            continue
        if part is None:
            out.append(f"part {name}: missing")
            continue
        got = {"filename": part["filename"], "content_type": part["type"], "text": part["text"]}
        out += fields({k: v for k, v in value.items() if k in got}, got, f"part {name}")
        if not part["data"].startswith(str(value.get("starts", "")).encode("latin-1")):
            out.append(f"part {name}: does not start with {value['starts']}")
        if not value.get("min_bytes", 0) <= len(part["data"]) <= value.get("max_bytes", len(part["data"])):
            out.append(f"part {name}: {len(part['data'])} bytes")
    return out


def body(want, request):
    """Everything an exchange may say of a body: body, json, multipart, body_bytes."""
    out = []
    if "body" in want and not pattern(want["body"], request.body.decode("utf-8", "replace")):
        out.append(f"body: wanted {show(want['body'])}, got {show(request.body.decode('utf-8', 'replace'))}")
    if "json" in want:
        try:
            out += subset(want["json"], request.json())
        except (ValueError, UnicodeDecodeError) as error:
            out.append(f"body: not JSON: {error}")
    if "multipart" in want:
        out += multipart(want["multipart"], request)
    if "body_bytes" in want and not pattern(want["body_bytes"], len(request.body)):
        out.append(f"body: {len(request.body)} bytes, wanted {show(want['body_bytes'])}")
    return out


def request_problems(want, request):
    headers = {name.lower(): value for name, value in (want.get("headers") or {}).items()}
    return (query(want.get("query"), request.query, want.get("query_exact", False))
            + fields(headers, request.headers, "header") + body(want, request))
