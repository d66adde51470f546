"""What a scenario sends, as bytes."""
import base64
import json
import pathlib

import sound

FOLDER = pathlib.Path(__file__).parent / "scenario"


async def data(value):
    """One value: a string, or a map with text, json, hex, base64, file, bytes [+ value], pcm_ms [+ rate], mp3_ms or mp3_bytes."""
    if isinstance(value, str):
        return value.encode("utf-8")
    if "text" in value:
        return value["text"].encode("utf-8")
    if "json" in value:
        return json.dumps(value["json"], ensure_ascii=False).encode("utf-8")
    if "hex" in value:
        return bytes.fromhex(value["hex"])
    if "base64" in value:
        return base64.b64decode(value["base64"])
    if "file" in value:
        return (FOLDER / value["file"]).read_bytes()
    if "pcm_ms" in value:
        return sound.pcm(value["pcm_ms"] / 1000, value.get("rate", 16000))
    if "mp3_ms" in value or "mp3_bytes" in value:
        made = await sound.mp3(value.get("mp3_ms", 5000) / 1000, value.get("rate", 24000), value.get("kbps", 48))
        return made[:value.get("mp3_bytes", len(made))]
    if "bytes" in value:
        return bytes([value.get("value", 0)]) * value["bytes"]
    raise ValueError(f"no known kind of data in {sorted(value)}")


def event(item, eol):
    """A server-sent event: a string or object for `data:`, {comment}, {raw}, or {event, data}."""
    if isinstance(item, dict) and "raw" in item:
        return item["raw"].encode("utf-8")
    if isinstance(item, dict) and "comment" in item:
        return f": {item['comment']}{eol}{eol}".encode("utf-8")
    name = ""
    if isinstance(item, dict) and set(item) == {"event", "data"}:
        name, item = f"event: {item['event']}{eol}", item["data"]
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    return (name + "".join(f"data: {line}{eol}" for line in text.split("\n")) + eol).encode("utf-8")


async def reply_writes(reply):
    """([(wait_ms, bytes)], content type, framing) of a scenario's reply."""
    if "sse" in reply:
        eol = "\r\n" if reply.get("eol") == "crlf" else "\n"
        made = [(item.get("wait_ms", 0) if isinstance(item, dict) and "raw" in item else 0, event(item, eol))
                for item in reply["sse"]]
        kind, framing = "text/event-stream", "chunked"
    elif "lines" in reply:
        made = [(0, (item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)).encode() + b"\n")
                for item in reply["lines"]]
        kind, framing = "application/json", "chunked"
    elif "chunks" in reply:
        made = [(item.get("wait_ms", 0) if isinstance(item, dict) else 0, await data(item)) for item in reply["chunks"]]
        kind, framing = "application/octet-stream", "chunked"
    elif any(name in reply for name in ("text", "json", "hex", "base64", "file", "pcm_ms", "mp3_ms", "mp3_bytes", "bytes")):
        made, framing = [(0, await data(reply))], "length"
        kind = "application/json" if "json" in reply else "text/plain; charset=utf-8" if "text" in reply else "application/octet-stream"
    else:
        made, kind, framing = [], "application/json", "length"
    if "split" in reply or "every" in reply:
        made, framing = split(b"".join(part for _, part in made), reply), "chunked"
    return made, reply.get("content_type", kind), reply.get("framing", framing)


def split(whole, reply):
    """Into writes of these sizes; the last size (or `every`) goes on to the end."""
    sizes, at, out = list(reply.get("split", [])), 0, []
    while at < len(whole):
        size = sizes.pop(0) if sizes else reply.get("every", len(whole) - at)
        out.append((reply.get("pause_ms", 0) if out else 0, whole[at:at + size]))
        at += size
    return out
