"""An audience votes in its browsers, and one stream follows: python audience_vote.py [PORT [SECONDS]]

Each page shows the stream and four buttons; each option directs with its share of the votes. Only this machine reaches the page.
"""

import argparse
import io
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dreambridge
from PIL import Image

OPTIONS, ROUND, MAX_VOTES = ["clear", "rain", "snow", "storm"], 4.0, 10_000
PAGE = """<!doctype html><meta charset=utf-8><title>Vote</title><img id=p width=512><p id=b><script>const me = Math.random();
for (const o of %r) b.append(Object.assign(document.createElement("button"),
  { textContent: o, onclick: () => fetch(`/vote/${o}/${me}`, { method: "POST" }) }));
setInterval(() => (p.src = "/frame.jpg?" + Date.now()), 200);</script>"""
votes, picture = dict[str, str](), [b""]  # page to its last vote; the last frame


class Door(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        jpeg = self.path.startswith("/frame.jpg")
        self.answer(200, picture[0] if jpeg else (PAGE % OPTIONS).encode(), "image/jpeg" if jpeg else "text/html")

    def do_POST(self) -> None:
        option, _, page = self.path.removeprefix("/vote/").partition("/")
        if good := option in OPTIONS and 0 < len(page) < 64 and len(votes) < MAX_VOTES:
            votes[page] = option
        self.answer(200 if good else 404, b"", "text/plain")

    def answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("port", metavar="PORT", type=int, nargs="?", default=8080, help="of the page; 0: any free port")
    parser.add_argument("seconds", metavar="SECONDS", type=float, nargs="?", default=1e9)
    try:
        given = parser.parse_args()
        door = ThreadingHTTPServer(("127.0.0.1", given.port), Door)
    except (OSError, OverflowError) as e:
        parser.error(f"PORT {given.port} cannot be used: {e}. 0 takes any free port.")
    threading.Thread(target=door.serve_forever, daemon=True).start()
    with door, dreambridge.start() as daemon, daemon.open("vista", seed=7) as stream:
        print(f"http://127.0.0.1:{door.server_address[1]}/", flush=True)
        counted = begun = time.monotonic()
        while time.monotonic() < begun + given.seconds:
            Image.fromarray(stream.frame(timeout=10.0).pixels[..., :3]).save(jpeg := io.BytesIO(), "JPEG")
            picture[0] = jpeg.getvalue()
            if votes and time.monotonic() - counted > min(ROUND, given.seconds / 4):
                cast, counted = [votes.popitem()[1] for _ in range(len(votes))], time.monotonic()
                stream.direct(over=2.0, weather={o: cast.count(o) for o in set(cast)})
                print(f"directed {stream.values['weather']}", flush=True)
