"""The peer of the server's benchmark: the same routes by FastAPI, uvicorn (uvloop, httptools) and SQLite, as people write them.

peer.py PORT DATABASE: keys are looked up by their hash in the database, as here; journal WAL, synchronous FULL, one connection.
"""
import datetime
import hashlib
import json
import secrets
import sqlite3
import sys

import uvicorn
from fastapi import FastAPI, Header, HTTPException, Query
from pydantic import BaseModel, Field

app = FastAPI()
db = sqlite3.connect(sys.argv[2], check_same_thread=False, isolation_level=None)
db.row_factory = sqlite3.Row
db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")


class Wanted(BaseModel):
    user_id: str = Field(min_length=1, max_length=128)
    interview_type: str = Field("general", regex="^(technical|behavioral|general)$")
    language: str = Field("ko", regex="^(ko|en|ja)$")
    difficulty: str = Field("medium", regex="^(easy|medium|hard)$")
    duration_minutes: int = Field(30, ge=5, le=120)


def check(key):
    row = db.execute("SELECT id FROM keys WHERE hash = ?", (hashlib.sha256((key or "").encode()).digest(),)).fetchone()
    if not row:
        raise HTTPException(401, "Invalid API key")


def shown(row):
    s = dict(row)
    s["metadata"] = {"questions_asked": s.pop("questions_asked"), "responses_received": s.pop("responses_received"),
                     "average_response_time_ms": s.pop("average_response_time_ms")}
    s["daily_room_url"] = f"http://localhost:8000/rooms/{s['session_id']}"
    s["websocket_url"] = f"ws://localhost:8000/ws/{s['session_id']}"
    return s


@app.get("/health")
async def health():
    return {"status": "healthy", "timestamp": datetime.datetime.utcnow().isoformat()}


@app.get("/api/sessions/{session_id}")
async def get(session_id: str, x_api_key: str = Header(None)):
    check(x_api_key)
    row = db.execute("SELECT * FROM sessions WHERE session_id = ?", (session_id,)).fetchone()
    if not row:
        raise HTTPException(404, "no session has this id")
    return shown(row)


@app.get("/api/sessions")
async def listed(user_id: str, limit: int = Query(20, ge=1, le=100), offset: int = Query(0, ge=0), x_api_key: str = Header(None)):
    check(x_api_key)
    total = db.execute("SELECT count(*) FROM sessions WHERE user_id = ?", (user_id,)).fetchone()[0]
    rows = db.execute("SELECT * FROM sessions WHERE user_id = ? ORDER BY created_at DESC, session_id DESC LIMIT ? OFFSET ?", (user_id, limit, offset))
    return {"total": total, "limit": limit, "offset": offset, "sessions": [shown(row) for row in rows]}


@app.post("/api/sessions", status_code=201)
async def create(wanted: Wanted, x_api_key: str = Header(None)):
    check(x_api_key)
    now = datetime.datetime.utcnow()
    row = dict(session_id="sess_" + secrets.token_hex(6), **wanted.dict(), status="created", created_at=now.isoformat() + "Z",
               expires_at=(now + datetime.timedelta(minutes=wanted.duration_minutes)).isoformat() + "Z", started_at=None, duration_seconds=0,
               message_count=0, questions_asked=0, responses_received=0, average_response_time_ms=0)
    db.execute(f"INSERT INTO sessions ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
    return shown(row)


def fill():
    """{"key": secret, "n": sessions of 50 users} from stdin; prints an id of them."""
    asked = json.load(sys.stdin)
    db.executescript("""CREATE TABLE keys (id INTEGER PRIMARY KEY, hash BLOB UNIQUE);
        CREATE TABLE sessions (session_id TEXT PRIMARY KEY, user_id TEXT, interview_type TEXT, language TEXT, difficulty TEXT, duration_minutes INTEGER,
            status TEXT, created_at TEXT, expires_at TEXT, started_at TEXT, duration_seconds INTEGER, message_count INTEGER, questions_asked INTEGER,
            responses_received INTEGER, average_response_time_ms INTEGER);
        CREATE INDEX by_user ON sessions (user_id, created_at, session_id);""")
    db.execute("BEGIN")
    for key in asked["keys"]:
        db.execute("INSERT INTO keys (hash) VALUES (?)", (hashlib.sha256(key.encode()).digest(),))
    for i in range(asked["n"]):
        db.execute("INSERT INTO sessions VALUES (?, ?, 'general', 'en', 'medium', 30, 'completed', ?, ?, ?, 1500, 22, 10, 10, 1200)",
                   (f"sess_{i:012d}", f"user{i % 50}", f"2026-01-01T{i // 3600 % 24:02d}:{i // 60 % 60:02d}:{i % 60:02d}Z", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"))
    db.execute("COMMIT")


if __name__ == "__main__":
    fill()
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error", access_log=False)
