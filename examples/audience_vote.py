"""An audience votes in its browsers, and one stream follows: python audience_vote.py [PORT [SECONDS]]

Each page shows the stream and four buttons. The votes of a round direct the picture, each option with its share. Only this
machine reaches the page; put a web server of your own in front of it before you let others in.
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
        frame = self.path.startswith("/frame.jpg")
        self.answer(200, picture[0] if frame else (PAGE % OPTIONS).encode(), "image/jpeg" if frame else "text/html")

    def do_POST(self) -> None:
        option, _, page = self.path.removeprefix("/vote/").partition("/")
        good = option in OPTIONS and 0 < len(page) < 64 and len(votes) < MAX_VOTES
        votes.update({page: option} if good else {})
        self.answer(200 if good else 404)

    def answer(self, status: int, body: bytes = b"", kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("port", metavar="PORT", type=int, nargs="?", default=8080, help="of the page; 0: any free port")
    parser.add_argument("seconds", metavar="SECONDS", type=float, nargs="?", default=float("inf"))
    given = parser.parse_args()
    with ThreadingHTTPServer(("127.0.0.1", given.port), Door) as server, dreambridge.start() as daemon:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stream = daemon.open("vista", seed=7)
        print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
        begun = counted = time.monotonic()
        while time.monotonic() - begun < given.seconds:
            Image.fromarray(stream.frame(timeout=10.0).pixels).convert("RGB").save(jpeg := io.BytesIO(), "JPEG")
            picture[0] = jpeg.getvalue()
            if votes and time.monotonic() - counted > min(ROUND, given.seconds / 4):
                cast, counted = list(dict(votes).values()), time.monotonic()
                votes.clear()
                stream.direct(over=2.0, weather={o: cast.count(o) for o in set(cast)})
                print(f"directed {stream.values['weather']}", flush=True)
        server.shutdown()
