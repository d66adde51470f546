"""The requests that steer the server: /__stats, /__scenario, /__fault, /__reset, and those of the services."""
import json
import pathlib

import yaml

import play
import pieces
import wire


def filled(value, names):
    """`${name}` in every string of a template."""
    if isinstance(value, dict):
        return {filled(k, names): filled(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(v, names) for v in value]
    if isinstance(value, str) and value.startswith("${") and value.endswith("}") and value[2:-1] in names:
        return names[value[2:-1]]
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace("${" + name + "}", str(text))
    return value


def load_file(name):
    path = pathlib.Path(name)
    path = path if path.is_absolute() or path.exists() else pieces.FOLDER / name
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def exchanges_of(document, only=None):
    """A list, {exchanges: [...]}, or {scenarios: {name: [...]}} with `only`, one name or a list of them."""
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        raise play.ScenarioError("a scenario is a list of exchanges, or a map with exchanges or scenarios")
    if "exchanges" in document:
        return document["exchanges"]
    scenarios = document.get("scenarios") or {}
    names = [only] if isinstance(only, str) else only or list(scenarios)
    missing = [name for name in names if name not in scenarios]
    if missing:
        raise play.ScenarioError(f"no scenario '{missing[0]}'; there are: {', '.join(scenarios)}")
    return [exchange for name in names for exchange in scenarios[name]]


def read_scenario(document):
    """What POST /__scenario takes: exchanges themselves, or {file, only, vars}."""
    strict = False
    if isinstance(document, dict) and "file" in document:
        source, only = load_file(document["file"]), document.get("only")
        strict = isinstance(source, dict) and source.get("strict", False)
        names = {**((source.get("vars") or {}) if isinstance(source, dict) else {}), **(document.get("vars") or {})}
        exchanges = filled(exchanges_of(source, only), names)
    else:
        strict = isinstance(document, dict) and document.get("strict", False)
        exchanges = exchanges_of(document, document.get("only") if isinstance(document, dict) else None)
    return play.Scenario(exchanges, strict)


def fault_exchanges(order):
    """{kind, path, method, times, ...} -> exchanges out of faults.yaml."""
    source = load_file("faults.yaml")
    kind = order.get("kind")
    if kind not in source["scenarios"]:
        raise play.ScenarioError(f"no fault '{kind}'; there are: {', '.join(source['scenarios'])}")
    names = {**source["vars"], **{k: v for k, v in order.items() if k != "kind"}}
    return filled(source["scenarios"][kind], names)


async def answer(server, conn, request):
    """True if the connection may go on."""
    try:
        status, body = act(server, request)
    except (play.ScenarioError, yaml.YAMLError, OSError, ValueError, KeyError, TypeError) as error:
        status, body = 400, {"error": f"{type(error).__name__}: {error}"}
        server.stats.problem(f"{request.path}: {error}")
    data = json.dumps(body, ensure_ascii=False, default=str).encode("utf-8")
    keep = request.header("connection").lower() != "close"
    headers = {"Content-Type": "application/json", "Content-Length": len(data)}
    if not keep:
        headers["Connection"] = "close"
    await conn.send(wire.head(status, headers) + data)
    return keep


def act(server, request):
    if request.method == "GET" and request.path == "/__stats":
        return 200, server.stats.view(server.live, server.scenario)
    if request.method != "POST":
        return 405, {"error": "POST"}
    document = yaml.safe_load(request.body.decode("utf-8")) if request.body.strip() else None
    if request.path == "/__scenario":
        server.load(read_scenario(document if document is not None else []))
    elif request.path == "/__fault":
        orders = document if isinstance(document, list) else [document]
        server.load(play.Scenario([exchange for order in orders for exchange in fault_exchanges(order)]))
    elif request.path == "/__reset":
        server.load(play.Scenario())
        server.stats.failed = False
        if server.services:
            server.services.reset()
    elif server.services and server.services.steer(request.path[3:], document):
        pass
    else:
        return 404, {"error": f"no {request.path}"}
    return 200, {"ok": True, "exchanges": len(server.scenario.exchanges)}
