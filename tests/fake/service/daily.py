"""Daily's rooms and meeting tokens; and a WHIP end point that answers."""
import re

from .common import bearer, good_key, request_id

DEFAULTS = {"enable_chat": False, "enable_screenshare": True}


def is_mine(request):
    return bool(re.match(r"/v1/(rooms|meeting-tokens)(/|$)|/whip(/|$)", request.path))


def fault(code, info):
    return {"error": code, "info": info}


class Service:
    def __init__(self, shared):
        self.shared = shared
        self.rooms, self.count = {}, 0

    def steer(self, what, document):
        return False

    async def answer(self, r):
        path, method = r.request.path, r.request.method
        if path.startswith("/whip"):
            await self.whip(r, method, path)
            return True
        if "authorization" not in r.request.headers:
            await r.send(400, fault("authorization-header-error", "the authorization header is missing"))
        elif not bearer(r.request):
            await r.send(400, fault("invalid-request-error", "bad authorization header format"))
        elif not good_key(bearer(r.request)):
            await r.send(401, fault("authentication-error", "invalid API key"))
        else:
            await self.authorized(r, method, path)
        return True

    async def authorized(self, r, method, path):
        name = path.removeprefix("/v1/rooms").lstrip("/")
        try:
            order = r.request.json() if r.request.body else {}
        except ValueError:
            order = None
        if order is None:
            await r.send(400, fault("invalid-request-error", "the body is not JSON"))
        elif (method, path) == ("POST", "/v1/rooms"):
            await self.create(r, order)
        elif (method, path) == ("POST", "/v1/meeting-tokens"):
            await self.token(r, order.get("properties") or {})
        elif method in ("GET", "DELETE") and path.startswith("/v1/rooms/"):
            await self.room(r, method, name)
        else:
            await r.send(404, fault("not-found", f"{method} {path}"))

    def is_over(self, name):
        exp = self.rooms[name]["config"].get("exp")
        return exp is not None and exp <= self.shared.now()

    async def create(self, r, order):
        self.count += 1
        name = order.get("name") or request_id(self.count).replace("-", "")[:20]
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", name):
            await r.send(400, fault("invalid-request-error", f"the room name '{name}' contains a character that is not allowed"))
        elif name in self.rooms and not self.is_over(name):
            await r.send(400, fault("invalid-request-error", f"a room named {name} already exists"))
        else:
            config = {k: v for k, v in (order.get("properties") or {}).items() if DEFAULTS.get(k) != v}
            self.rooms[name] = {"id": request_id(name), "name": name, "api_created": True, "privacy": order.get("privacy", "public"),
                                "url": f"https://example.daily.co/{name}", "created_at": "2026-01-01T00:00:00.000Z", "config": config}
            await r.send(200, self.rooms[name])

    async def token(self, r, properties):
        name = properties.get("room_name")
        if name is not None and name not in self.rooms:
            await r.send(400, fault("invalid-request-error", f"room {name} does not exist"))
            return
        await r.send(200, {"token": f"aaa.{request_id(str(sorted(properties.items())))}.ccc"})

    async def room(self, r, method, name):
        if name not in self.rooms:
            await r.send(404, fault("not-found", f"room {name} not found"))
        elif self.is_over(name):
            await r.send(404, {**fault("not-found", f"room {name} not found"), **({"deleted": True} if method == "DELETE" else {})})
        elif method == "GET":
            await r.send(200, self.rooms[name])
        else:
            del self.rooms[name]
            await r.send(200, {"deleted": True, "name": name})

    async def whip(self, r, method, path):
        if method == "OPTIONS":
            await r.send(200, headers={"Accept-Post": "application/sdp"})
        elif method == "POST" and path == "/whip":
            if r.request.header("content-type") != "application/sdp" or not r.request.body.startswith(b"v=0"):
                await r.send(415, b"", "text/plain")
                return
            self.count += 1
            answer = r.request.body.replace(b"a=sendonly", b"a=recvonly").replace(b"a=setup:actpass", b"a=setup:passive")
            await r.send(201, answer, "application/sdp", {"Location": f"/whip/s{self.count}", "ETag": '"e1"'})
        elif method == "DELETE":
            await r.send(200, b"", "text/plain")
        else:
            await r.send(405, b"", "text/plain")
